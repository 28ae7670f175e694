export { Checks } from './checks.tsx';
