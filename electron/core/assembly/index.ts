export { createBackend } from './backend.ts';
export { clearingSteps, sweepIn } from './clearing-steps.ts';
export { createHandlers } from './handlers.ts';
export { initialState } from './initial-state.ts';
export { followPhases } from './phases.ts';
export { openStorage } from './storage.ts';
