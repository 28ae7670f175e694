export type { ClearingSteps } from './clearing.ts';
export { clearingHandlers } from './handlers.ts';
