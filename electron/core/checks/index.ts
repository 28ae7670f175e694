export { examineAll } from './doctor.ts';
export { checkHandlers } from './handlers.ts';
export { createPanelChecks } from './panel-checks.ts';
export { type Judged, judgeInterpreter } from './python/interpreter.ts';
export { type DriverFacts, queryDriver } from './system/driver.ts';
