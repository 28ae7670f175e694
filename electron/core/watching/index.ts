export { type Top, type TopAnswer, watchTop } from './top.ts';
export { createWatching } from './watching.ts';
