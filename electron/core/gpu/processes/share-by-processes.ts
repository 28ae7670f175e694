import type { GpuProcess, OwnShare, Tick } from '#contract';

/**
 * A tick with our share as the list of processes has it (null: nobody knows): for a backend that does not tell of its
 * memory itself.
 */
export function shareByProcesses(tick: Tick, processes: readonly GpuProcess[] | null): Tick {
  if (!processes) return tick;
  return { ...tick, gpus: tick.gpus.map((gpu) => ({ ...gpu, ours: shareOn(gpu.uuid, processes) })) };
}

/** Null where one of ours has no figure: a sum without it would be too small. */
function shareOn(uuid: string, processes: readonly GpuProcess[]): OwnShare | null {
  const figures = processes.filter((one) => one.ours && one.gpuUuid === uuid).map((one) => one.usedMiB);
  const known = figures.filter((figure) => figure !== null);
  if (known.length < figures.length) return null;
  const usedMiB = known.reduce((sum, figure) => sum + figure, 0);
  // What it is made of, only the backend could say.
  return { usedMiB, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0 };
}
