export { Clear } from './clear.tsx';
