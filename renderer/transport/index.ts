export { watchAttention } from './attention.ts';
export { connectCore, type StreamUpdate } from './core.ts';
export type { LinkStatus } from './link.ts';
export { share } from './share.ts';
export { createSwitch, type Source } from './switch.ts';
export { ticks, useLatestTick } from './ticks.ts';
