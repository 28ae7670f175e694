export { restrictAll } from './restrict-all.ts';
export { sweepFiles } from './sweep.ts';
