export { Limits } from './limits.tsx';
export { shown } from './pending-box.tsx';
export { nextValue } from './shell-lines.ts';
