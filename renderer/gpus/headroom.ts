import type { CardView, GpuProcess } from '#contract';
import { fileOf } from '../processes/index.ts';

export type Verdict = 'fits' | 'tight' | 'over';

const TIGHT_SHARE = 0.08;

/** What a pending limit would mean for what is held now. */
export function judge(view: CardView, limit: number): { verdict: Verdict; left: number } {
  const budget = limit > 0 ? limit * view.total : view.total - view.driver - view.others;
  const left = Math.min(budget - view.ours, view.total - view.driver - view.others - view.ours);
  if (left < 0) return { verdict: 'over', left };
  return { verdict: left < TIGHT_SHARE * view.total ? 'tight' : 'fits', left };
}

/** Who else is on this GPU, the largest first; programs without their folders. */
export function othersOn(uuid: string, processes: readonly GpuProcess[]): string[] {
  const others = processes.filter((process) => process.gpuUuid === uuid && !process.ours);
  const bySize = others.sort((a, b) => (b.usedMiB ?? 0) - (a.usedMiB ?? 0));
  return [...new Set(bySize.map(({ name }) => fileOf(name)))];
}
