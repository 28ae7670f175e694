import type { PanelState } from './state.ts';
import type { GpuSample } from './telemetry.ts';

/** One card explained, in MiB. Every part is null where nvidia-smi or the backend gives no figure. */
export interface CardView {
  total: number;
  ours: number;
  others: number;
  driver: number;
  /** limit x total; null: no limit. */
  budget: number | null;
  /** What is left of the budget, or of the card where others take more. */
  headroom: number;
  /** True where the others, not the limit, are what bounds us. */
  boundByOthers: boolean;
}

/** Null where the GPU gives no figures (lost, no permission). */
export function viewCard(sample: GpuSample, limit: number): CardView | null {
  const { memoryTotalMiB: total, memoryUsedMiB: used } = sample;
  if (total === null || used === null) return null;
  const driver = sample.memoryReservedMiB ?? 0;
  // Two clocks: what the backend says may be a moment older than what nvidia-smi says.
  const ours = Math.min(sample.ours?.usedMiB ?? 0, used);
  const others = used - ours;
  const budget = limit > 0 ? limit * total : null;
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

/** The limit that bounds us now, as a share; before a start the one that it will use. 0 where none is applied. */
export function limitInForce({ backend, settings }: Pick<PanelState, 'backend' | 'settings'>): number {
  // Set, but the worker says that it could not be applied: no budget is claimed that nobody keeps.
  if (backend.phase === 'ready' && backend.limits.length === 0 && backend.limitNote !== null) return 0;
  return (settings.running ?? settings.desired).LBS_GPU_MEMORY_LIMIT ?? 0;
}
