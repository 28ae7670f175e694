export { emulatorCommand } from './emulator.ts';
export { endGpuProcess } from './end-process.ts';
export { locateSmi } from './locate.ts';
export { mergeOwnShare } from './merge.ts';
export { createGpuMonitor } from './monitor.ts';
export type { GpuMonitor, GpuMonitorOptions, SmiCommand, SmiSource } from './types.ts';
