import { budgetMiB, type Limit } from './limit.ts';
import type { PanelState } from './state.ts';
import type { GpuSample } from './telemetry.ts';

/** The memory of one card by owner, in MiB. */
export interface CardView {
  total: number;
  ours: number;
  others: number;
  driver: number;
  /** What the limit gives of the total; null: no limit. */
  budget: number | null;
  /** What is left of the budget, or of the card where other processes use more. */
  headroom: number;
  /** Other processes, not the limit, determine the headroom. */
  boundByOthers: boolean;
}

/**
 * The memory in use, in MiB; null where it is unknown. Where a driver does not report that of processes, as on Jetson,
 * everything that is not free is in use.
 */
export function memoryInUse(sample: GpuSample): number | null {
  const { memoryTotalMiB: total, memoryUsedMiB: used, memoryFreeMiB: free, reasons } = sample;
  if (used !== null || total === null || free === null) return used;
  return reasons?.memoryUsedMiB === 'not_supported' ? Math.max(0, total - free) : null;
}

/** Null where the GPU reports no memory (lost, no permission). */
export function viewCard(sample: GpuSample, limit: Limit): CardView | null {
  const { memoryTotalMiB: total } = sample;
  const used = memoryInUse(sample);
  if (total === null || used === null) return null;
  const driver = sample.memoryReservedMiB ?? 0;
  // The backend's report may be a moment older than the one of nvidia-smi.
  const ours = Math.min(sample.ours?.usedMiB ?? 0, used);
  const others = used - ours;
  const budget = budgetMiB(limit, total);
  const free = sample.memoryFreeMiB ?? total - driver - used;
  const left = budget === null ? free : budget - ours;
  return {
    total,
    ours,
    others,
    driver,
    budget,
    headroom: Math.max(0, Math.min(left, free)),
    boundByOthers: free < left,
  };
}

/** The limit in effect, before a start the one that it will use. 0: no limit. */
export function limitInForce({ backend, settings }: Pick<PanelState, 'backend' | 'settings'>): Limit {
  // Set, but the worker could not apply it: no budget is shown that is not enforced.
  if (backend.phase === 'ready' && backend.limits.length === 0 && backend.limitNote !== null) return 0;
  return (settings.running ?? settings.desired).LBS_GPU_MEMORY_LIMIT ?? 0;
}
