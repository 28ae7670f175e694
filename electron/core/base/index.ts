export { writeFileAtomic } from './atomic-file.ts';
export { errnoOf } from './errno.ts';
export { createJsonStore, type StoreNotice } from './json-store.ts';
export { createListeners } from './listeners.ts';
export { parseJson } from './parse-json.ts';
export { backendPython, type DataPaths, dataFolder, dataPaths, type Environment } from './paths.ts';
export { restrict, restrictDataFolder } from './private-files.ts';
export { createStream, type PanelStream, type PanelStreams } from './streams.ts';
export { createTextTail } from './text-tail.ts';
