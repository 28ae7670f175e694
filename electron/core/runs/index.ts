export { compare } from './applied.ts';
export type { Decisions } from './decisions.ts';
export { evidenceHandlers } from './evidence.ts';
export { runHandlers } from './handlers.ts';
export { type Actions, createPanelDecisions } from './panel-decisions.ts';
export { recordHandlers } from './records.ts';
export { followRecovery } from './recovered.ts';
export { createRuns, type Runs } from './runs.ts';
