export { listed, waitUntilBack } from './back.ts';
export { type ClearingSteps, clearAndRestart } from './clearing.ts';
