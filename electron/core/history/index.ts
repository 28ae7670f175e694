export { historyHandlers } from './handlers.ts';
export { createHistory, HISTORY_BYTES, type History, type HistoryOptions } from './history.ts';
export { createRing, type Ring } from './recent/ring.ts';
export { MAX_GPUS } from './samples/store.ts';
