export { nextValue } from './effective-settings.ts';
export { Limits } from './limits.tsx';
export { shown } from './pending-box.tsx';
