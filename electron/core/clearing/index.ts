export { type ClearingSteps, clearAndRestart } from './clearing.ts';
export { clearingHandlers } from './handlers.ts';
export { stopAndWait } from './stop.ts';
