export { createHostWatch, type HostWatch, type HostWatchOptions } from './watch.ts';
