export { Log } from './log.tsx';
