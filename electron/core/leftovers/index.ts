export { guardedMarkers } from './decide.ts';
export { findLeftovers, type SweepPlace, sweepLeftovers } from './sweep.ts';
export { sweptNotice } from './words.ts';
