export { Checks } from './checks.tsx';
export { useFailedChecks } from './use-failed-checks.ts';
