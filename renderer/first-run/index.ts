export { FirstRun } from './lazy-first-run.tsx';
