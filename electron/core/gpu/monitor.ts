import type { GpuMonitor, GpuMonitorOptions } from './types.ts';

export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  throw new Error(`The stream of ${options.smi.path} is being written; the types hold.`);
}
