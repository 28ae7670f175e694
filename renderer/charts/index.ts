export { Charts } from './charts.tsx';
