export { CrashEntry, useCrashReports } from './crashes.tsx';
