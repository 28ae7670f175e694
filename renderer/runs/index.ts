export { RunColumn } from './run-column.tsx';
export { StorageTrouble } from './storage.tsx';
