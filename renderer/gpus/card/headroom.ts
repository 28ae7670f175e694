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
  const others = bySize(processes.filter((process) => process.gpuUuid === uuid && !process.ours));
  return [...new Set(others.map(({ name }) => executableName(name)))];
}

/** The process that holds the most memory of this GPU. */
export const largestOn = (uuid: string, processes: readonly GpuProcess[]): GpuProcess | undefined =>
  bySize(processes.filter((process) => process.gpuUuid === uuid))[0];

const bySize = (processes: GpuProcess[]) => processes.sort((a, b) => (b.usedMiB ?? 0) - (a.usedMiB ?? 0));
