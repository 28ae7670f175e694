import { type BackendState, budgetMiB, type GpuSample, type Limit, memoryInUse } from '#contract';

/** One GPU's memory relative to the limit, in MiB; null where a value is unknown. */
export interface CardMemory {
  total: number;
  free: number;
  ours: number | null;
  /** What the limit gives of the total; null: no limit. */
  budget: number | null;
  /** What is left of the budget, or of the card where that is less. */
  headroom: number | null;
}

const holdsMemory = (worker: BackendState['worker']) => worker !== null && worker !== 'stopped' && worker !== 'failed';

/** Null where the GPU reports no memory. */
export function memoryOf(sample: GpuSample, limit: Limit, worker: BackendState['worker']): CardMemory | null {
  const { memoryTotalMiB: total } = sample;
  const used = memoryInUse(sample);
  if (total === null || used === null) return null;
  const free = sample.memoryFreeMiB ?? total - (sample.memoryReservedMiB ?? 0) - used;
  // A worker that has not reported may hold any memory; without a worker there is none.
  const reported = sample.ours?.usedMiB ?? (holdsMemory(worker) ? null : 0);
  // The backend's report may be slightly older than nvidia-smi's.
  const ours = reported === null ? null : Math.min(reported, used);
  const budget = budgetMiB(limit, total);
  return { total, free, ours, budget, headroom: headroomOf(budget, ours, free) };
}

function headroomOf(budget: number | null, ours: number | null, free: number): number | null {
  if (budget === null) return Math.max(0, free);
  return ours === null ? null : Math.max(0, Math.min(budget - ours, free));
}
