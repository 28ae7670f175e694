export { ActiveAlerts } from './active-alerts.tsx';
export { AlertAnnouncer } from './alert-announcer.tsx';
export { Bell } from './bell.tsx';
