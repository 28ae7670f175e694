export { historyHandlers } from './handlers.ts';
export { createHistory, HISTORY_BYTES, type History, type HistoryOptions } from './history.ts';
export { createRing, type Ring } from './ring.ts';
export { MOST_GPUS } from './store.ts';
