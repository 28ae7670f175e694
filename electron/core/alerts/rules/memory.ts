import type { BackendState, GpuSample } from '#contract';

/** One GPU's memory in the words of the limit, in MiB; each is null where it is not known. */
export interface CardMemory {
  total: number;
  free: number;
  ours: number | null;
  /** limit x total; null: no limit. */
  budget: number | null;
  /** What is left of the budget, or of the card where others take more. */
  headroom: number | null;
}

const holdsMemory = (worker: BackendState['worker']) => worker !== null && worker !== 'stopped' && worker !== 'failed';

/** Null where the GPU gives no figures. */
export function memoryOf(sample: GpuSample, limit: number, worker: BackendState['worker']): CardMemory | null {
  const { memoryTotalMiB: total, memoryUsedMiB: used } = sample;
  if (total === null || used === null) return null;
  const free = sample.memoryFreeMiB ?? total - (sample.memoryReservedMiB ?? 0) - used;
  // A worker that has not told of its share may hold any; where there is none, nothing is held.
  const told = sample.ours?.usedMiB ?? (holdsMemory(worker) ? null : 0);
  // Two clocks: what the backend says may be a moment older than what nvidia-smi says.
  const ours = told === null ? null : Math.min(told, used);
  const budget = limit > 0 ? limit * total : null;
  return { total, free, ours, budget, headroom: headroomOf(budget, ours, free) };
}

function headroomOf(budget: number | null, ours: number | null, free: number): number | null {
  if (budget === null) return Math.max(0, free);
  return ours === null ? null : Math.max(0, Math.min(budget - ours, free));
}
