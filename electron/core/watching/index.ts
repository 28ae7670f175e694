export { createTimeline, type Timeline } from './timeline.ts';
export { type Top, type TopAnswer, watchTop } from './top.ts';
export { createWatching } from './watching.ts';
