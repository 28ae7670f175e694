export { alreadyRunning } from './already-running.ts';
export type { Holder } from './claim-socket.ts';
export { type Claim, claimFolder } from './folder-claim.ts';
