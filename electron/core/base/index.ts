export { writeFileAtomic } from './atomic-file.ts';
export { diskAnswers } from './disk-answers.ts';
export { errnoOf } from './errno.ts';
export { createJsonStore, type StoreNotice } from './json-store.ts';
export { createListeners } from './listeners.ts';
export { makeFolder } from './make-folder.ts';
export { parseJson } from './parse-json.ts';
export {
  backendPython,
  chosenPython,
  type DataPaths,
  dataFolder,
  dataPaths,
  type Environment,
  pythonIn,
} from './paths.ts';
export { restrict, restrictDataFolder } from './private-files.ts';
export { pythonEnvironment } from './python-environment.ts';
export { createSaving, type Saving } from './saving.ts';
export { createStream, type PanelStream, type PanelStreams } from './streams.ts';
export { createTextTail } from './text-tail.ts';
