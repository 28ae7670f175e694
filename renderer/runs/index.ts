export { Runs } from './runs.tsx';
export { StorageTrouble } from './storage.tsx';
