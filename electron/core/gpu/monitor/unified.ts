import type { GpuDevice, GpuProcess, GpuSample, HostSample, Tick } from '#contract';
import type { Row } from '../stream/row.ts';

/** System RAM in MiB. */
export type Ram = Pick<HostSample, 'ramTotalMiB' | 'ramUsedMiB'>;

/**
 * Whether the GPU has no memory of its own: a working GPU, not divided by MIG, whose driver supports no memory query
 * (https://docs.nvidia.com/dgx/dgx-spark/known-issues.html#nvidia-smi-reports-memory-usage-not-supported).
 */
export const isUnified = ({ sample, facts }: Row): boolean =>
  sample.memoryTotalMiB === null &&
  sample.reasons?.memoryTotalMiB === 'not_supported' &&
  !sample.memoryUsedMiB &&
  sample.state === 'ok' &&
  facts.migEnabled !== true;

/**
 * Gives each GPU with unified memory the system RAM as its pool: its processes use part of it, what the RAM has available
 * is free, and the rest (`memoryReservedMiB`) is used by the system. `processes`: null where they are unknown. `devices`:
 * those of this sample.
 */
export function withUnifiedMemory(
  tick: Tick,
  rows: readonly Row[],
  ram: Ram,
  processes: readonly GpuProcess[] | null,
  devices: readonly GpuDevice[],
): Tick {
  const marked = new Set(devices.filter((device) => device.unified).map(({ uuid }) => uuid));
  const unified = new Set(rows.filter(isUnified).map(({ sample }) => sample.uuid));
  return {
    ...tick,
    gpus: tick.gpus.map((gpu) => (unified.has(gpu.uuid) && marked.has(gpu.uuid) ? inRam(gpu, ram, processes) : gpu)),
  };
}

function inRam(sample: GpuSample, ram: Ram, processes: readonly GpuProcess[] | null): GpuSample {
  if (ram.ramTotalMiB === null || ram.ramUsedMiB === null) return sample;
  // The kernel counts in KiB, nvidia-smi in whole MiB.
  const [total, ramUsedMiB] = [Math.round(ram.ramTotalMiB), Math.round(ram.ramUsedMiB)];
  const held = processes && sumOf(processes.filter(({ gpuUuid }) => gpuUuid === sample.uuid));
  const used = held === null ? null : Math.min(held, total);
  const memory = {
    memoryTotalMiB: total,
    memoryUsedMiB: used,
    memoryFreeMiB: Math.max(0, total - ramUsedMiB),
    memoryReservedMiB: used === null ? 0 : Math.max(0, ramUsedMiB - used),
  };
  const others = Object.entries(sample.reasons ?? {}).filter(([metric]) => !(metric in memory));
  const unknown = used === null ? { memoryUsedMiB: 'not_supported' as const } : {};
  return { ...sample, ...memory, reasons: { ...Object.fromEntries(others), ...unknown } };
}

/** Our own share is newer than the list of processes, whose sum is the memory in use: that is never less. */
export function withNewerShare(tick: Tick, devices: readonly GpuDevice[]): Tick {
  const unified = new Set(devices.filter((device) => device.unified).map(({ uuid }) => uuid));
  if (unified.size === 0) return tick;
  return { ...tick, gpus: tick.gpus.map((gpu) => (unified.has(gpu.uuid) ? grown(gpu) : gpu)) };
}

function grown(sample: GpuSample): GpuSample {
  const { memoryUsedMiB: used, memoryTotalMiB: total, memoryReservedMiB: system, ours } = sample;
  if (used === null || total === null || !ours || ours.usedMiB <= used) return sample;
  const now = Math.min(ours.usedMiB, total);
  return { ...sample, memoryUsedMiB: now, memoryReservedMiB: Math.max(0, (system ?? 0) - (now - used)) };
}

/** Null where the memory of a program that computes is unknown, as on Jetson: a sum without it would be too small. */
function sumOf(processes: readonly GpuProcess[]): number | null {
  if (processes.some(({ usedMiB, kind }) => usedMiB === null && kind !== 'graphics')) return null;
  return processes.reduce((sum, { usedMiB }) => sum + (usedMiB ?? 0), 0);
}
