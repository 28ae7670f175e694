import type { GpuProcess, OwnShare, Tick } from '#contract';

/**
 * Adds our share to a sample from the process list (null: unavailable), for a backend that does not report its own
 * memory.
 */
export function shareByProcesses(tick: Tick, processes: readonly GpuProcess[] | null): Tick {
  if (!processes) return tick;
  return { ...tick, gpus: tick.gpus.map((gpu) => ({ ...gpu, ours: shareOn(gpu.uuid, processes) })) };
}

/** Null where the memory of one of our processes is unknown: a sum without it would be too small. */
function shareOn(uuid: string, processes: readonly GpuProcess[]): OwnShare | null {
  const sizes = processes.filter((one) => one.ours && one.gpuUuid === uuid).map((one) => one.usedMiB);
  const known = sizes.filter((size) => size !== null);
  if (known.length < sizes.length) return null;
  const usedMiB = known.reduce((sum, size) => sum + size, 0);
  // Only the backend could report its parts.
  return { usedMiB, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 };
}
