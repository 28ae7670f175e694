export { RunDetails } from './run-details.tsx';
export { Runs } from './runs.tsx';
export { StorageTrouble } from './storage.tsx';
