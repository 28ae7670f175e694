export { guardedMarkers } from './decide.ts';
export { leftoverNotice } from './notice.ts';
export { findLeftovers, sweepLeftovers } from './sweep.ts';
