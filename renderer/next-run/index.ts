export { type Prefill, prefill, usePrefill } from './prefill.ts';
export { RunFirst } from './run-first.tsx';
