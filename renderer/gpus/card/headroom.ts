import { budgetMiB, type CardView, type GpuProcess, type Limit } from '#contract';
import { executableName } from '../../processes/index.ts';

type Verdict = 'fits' | 'tight' | 'over';

/** Less than this share of the GPU left is tight. */
const TIGHT_SHARE = 0.08;

/** What a pending limit would leave of the memory in use now; `left` is in MiB, negative over budget. */
export function judgeLimit(view: CardView, limit: Limit): { verdict: Verdict; left: number } {
  const free = view.total - view.driver - view.others;
  const budget = budgetMiB(limit, view.total) ?? free;
  const left = Math.min(budget, free) - view.ours;
  if (left < 0) return { verdict: 'over', left };
  return { verdict: left < TIGHT_SHARE * view.total ? 'tight' : 'fits', left };
}

/** Executable names of the other processes on this GPU, the largest first. */
export function otherPrograms(uuid: string, processes: readonly GpuProcess[]): string[] {
  const others = processes.filter((process) => process.gpuUuid === uuid && !process.ours);
  const bySize = others.sort((a, b) => (b.usedMiB ?? 0) - (a.usedMiB ?? 0));
  return [...new Set(bySize.map(({ name }) => executableName(name)))];
}
