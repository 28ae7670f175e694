export { ActiveAlerts } from './active-alerts.tsx';
export { AlertAnnouncer } from './alert-announcer.tsx';
export { AlertRow } from './alert-row.tsx';
export { alertWords } from './alert-words.ts';
export { AlertSettingsForm } from './settings/alert-settings.tsx';
