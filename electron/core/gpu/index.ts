export { askSmi } from './ask.ts';
export { emulatorCommand } from './emulator.ts';
export { endGpuProcess } from './end-process.ts';
export { faultOf } from './faults.ts';
export { locateSmi } from './locate.ts';
export { mergeOwnShare } from './merge.ts';
export { createGpuMonitor } from './monitor.ts';
export { shareByProcesses } from './own-processes.ts';
export type { GpuMonitor, GpuMonitorOptions, SmiCommand, SmiSource } from './types.ts';
