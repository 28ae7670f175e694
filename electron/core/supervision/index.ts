export { isGone, stoppedBackend } from './backend-state.ts';
export { createSupervision, type Supervision } from './supervision.ts';
