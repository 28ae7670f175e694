export { EndProcess } from './end-process.tsx';
export { Processes } from './processes.tsx';
export { executableName, programName } from './program-name.ts';
