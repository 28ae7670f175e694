export { type Alerts, type AlertsOptions, createAlerts } from './alerts.ts';
export { alertHandlers } from './handlers.ts';
export type { AlertView } from './types.ts';
