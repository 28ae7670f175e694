export { About } from './about.tsx';
export { Appearance } from './appearance.tsx';
export { Polling } from './polling.tsx';
