export { createHostWatch } from './watch.ts';
