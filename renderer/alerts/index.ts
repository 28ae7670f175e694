export { ActiveAlerts } from './active-alerts.tsx';
export { AlertNews } from './alert-announcer.tsx';
export { Bell } from './bell.tsx';
