export { historyHandlers } from './handlers.ts';
export { createHistory, HISTORY_BYTES, type History } from './history.ts';
export { MAX_GPUS } from './samples/store.ts';
