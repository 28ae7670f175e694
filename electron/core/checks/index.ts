export { type CheckActions, createChecks, type PanelChecks } from './checks.ts';
export { examineAll } from './doctor.ts';
export { checkHandlers } from './handlers.ts';
export { createPanelChecks } from './panel-checks.ts';
export type { CheckPlace } from './types.ts';
