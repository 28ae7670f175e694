export { createFirstRun } from './first-run.ts';
export { firstRunHandlers } from './handlers.ts';
