export { type Alerts, createAlerts } from './alerts.ts';
export { alertHandlers } from './handlers.ts';
