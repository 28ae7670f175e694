export { RunFirst } from './run-first.tsx';
