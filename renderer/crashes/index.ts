export { CrashReports } from './crashes.tsx';
