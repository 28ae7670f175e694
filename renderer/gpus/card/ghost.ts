import type { GpuPlan, Plan } from '#contract';

/** What the next run would use of one GPU at its peak, in MiB, and whether the whole run fits. */
export interface Ghost {
  mib: number;
  tone: 'fits' | 'tight' | 'over';
}

const MIB = 2 ** 20;
const tones = { fits: 'fits', tight: 'tight', does_not_fit: 'over', cannot_tell: 'tight' } as const;

const isUsed = (gpu: GpuPlan) => gpu.live_peak > 0;

/** Null where no plan is shown, or the run would not use this GPU. */
export function ghostOn(plan: Plan | null, index: number): Ghost | null {
  const gpu = plan?.gpus.find((one) => one.index === index && isUsed(one));
  return plan && gpu ? { mib: gpu.total / MIB, tone: plan.refusal_sentence ? 'over' : tones[plan.verdict] } : null;
}

/** The indexes of the GPUs that a plan uses. */
export const gpusOf = (plan: Plan | null): number[] => plan?.gpus.filter(isUsed).map(({ index }) => index) ?? [];
