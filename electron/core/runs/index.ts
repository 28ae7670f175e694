export { type ApplyingRoom, createApplying } from './applying.ts';
export { type ResumingSteps, resumeRun } from './resuming.ts';
export { createRuns, type Runs } from './runs.ts';
