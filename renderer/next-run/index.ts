export { prefill } from './draft/draft-in-address.ts';
export type { Prefill } from './draft/run-draft.ts';
export { type PlannedRun, usePlannedRun } from './plan/planned-run.ts';
export { RunFirst } from './run-first.tsx';
