export type { Rates } from './rates.ts';
export { createTimeline, type Timeline } from './timeline.ts';
export { isWaiting, type Top, type TopAnswer, watchTop } from './top.ts';
export { createWatching } from './watching.ts';
