import type { GpuProcess, GpuSample, PanelState } from '#contract';
import { fileOf } from './process-rows.ts';

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

export type Verdict = 'fits' | 'tight' | 'over';

const TIGHT_SHARE = 0.08;

/** What a pending limit would mean for what is held now. */
export function judge(view: CardView, limit: number): { verdict: Verdict; left: number } {
  const budget = limit > 0 ? limit * view.total : view.total - view.driver - view.others;
  const left = Math.min(budget - view.ours, view.total - view.driver - view.others - view.ours);
  if (left < 0) return { verdict: 'over', left };
  return { verdict: left < TIGHT_SHARE * view.total ? 'tight' : 'fits', left };
}

/** The limit that bounds us now, as a share; before a start the one that it will use. 0 where none is applied. */
export function limitInForce({ backend, settings }: Pick<PanelState, 'backend' | 'settings'>): number {
  // Set, but the worker says that it could not be applied: no budget is claimed that nobody keeps.
  if (backend.phase === 'ready' && backend.limits.length === 0 && backend.limitNote !== null) return 0;
  return (settings.running ?? settings.desired).LBS_GPU_MEMORY_LIMIT ?? 0;
}

/** Who else is on this GPU, the largest first; programs without their folders. */
export function othersOn(uuid: string, processes: readonly GpuProcess[]): string[] {
  const others = processes.filter((process) => process.gpuUuid === uuid && !process.ours);
  const bySize = others.sort((a, b) => (b.usedMiB ?? 0) - (a.usedMiB ?? 0));
  return [...new Set(bySize.map(({ name }) => fileOf(name)))];
}
