export { examineAll } from './doctor.ts';
export { checkHandlers } from './handlers.ts';
export { createPanelChecks } from './panel-checks.ts';
