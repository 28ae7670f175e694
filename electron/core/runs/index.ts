export { runHandlers } from './handlers.ts';
export { createPanelApplying } from './panel-applying.ts';
export { createRuns, type Runs } from './runs.ts';
