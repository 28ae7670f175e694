export { guardedMarkers } from './decide.ts';
export { sweptNotice } from './notice.ts';
export { findLeftovers, type SweepPlace, sweepLeftovers } from './sweep.ts';
