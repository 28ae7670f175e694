export { prefill } from './draft/draft-in-address.ts';
export type { Prefill } from './draft/run-draft.ts';
export { useOthersChanges } from './plan/others-memory.ts';
export { type PlannedRun, usePlannedRun } from './plan/planned-run.ts';
export { Verdict } from './plan/verdict.tsx';
export { plannedWork } from './planned-work.ts';
export { RunFirst } from './run-first.tsx';
export { roundedUp, waitText } from './wait/size.ts';
export { WaitForm } from './wait/wait-form.tsx';
