export { RunColumn } from './run-column.tsx';
