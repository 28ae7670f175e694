export { guardedMarkers } from './decide.ts';
export { leftoverNotice } from './notice.ts';
export { findLeftovers, type SweepPlace, sweepLeftovers } from './sweep.ts';
