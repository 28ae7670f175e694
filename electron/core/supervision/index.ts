export { hasFailed, isGone, stoppedBackend } from './backend-state.ts';
export { backendHandlers } from './handlers.ts';
export { type BackendReports, createReports, runningSettings } from './reports.ts';
export { startWhenRoom } from './start-when-room.ts';
export { createSupervision, type PhaseChange, type Supervision } from './supervision.ts';
