export { type PlannedRun, usePlannedRun } from './plan/planned-run.ts';
export { type Prefill, prefill, usePrefill } from './prefill.ts';
export { RunFirst } from './run-first.tsx';
