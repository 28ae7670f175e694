export { createHistory, type History, type HistoryOptions } from './history.ts';
export { createRing, type Ring } from './ring.ts';
