export { guardedMarkers } from './decide.ts';
export { type SweepPlace, sweepLeftovers } from './sweep.ts';
export { sweptNotice } from './words.ts';
