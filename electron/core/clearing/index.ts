export { type ClearingSteps, clearAndRestart } from './clearing.ts';
