export { EndProcess } from './end-process.tsx';
export { fileOf, programOf } from './process-rows.ts';
export { Processes } from './processes.tsx';
