export { type CheckHands, createChecks, type PanelChecks } from './checks.ts';
export type { CheckPlace } from './types.ts';
