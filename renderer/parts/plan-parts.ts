import type { GpuPlan } from '#contract';

export interface PlanPart {
  name: 'context' | 'weights' | 'kv' | 'working' | 'kept';
  bytes: number;
}

/** A GPU's planned memory from the left, in the order and colours that measured memory has. */
export function planParts(gpu: GpuPlan): PlanPart[] {
  return [
    { name: 'context', bytes: gpu.context },
    { name: 'weights', bytes: gpu.weights },
    { name: 'kv', bytes: gpu.kv_cache },
    { name: 'working', bytes: gpu.activations },
    { name: 'kept', bytes: Math.max(0, gpu.total - gpu.total_low) },
  ];
}

/** Where the bar ends: at what is planned or what is allowed, whichever is more, so that neither leaves it. */
export const planScale = (gpu: GpuPlan) => Math.max(gpu.total, gpu.budget, 1);

/** What the run may come to on this GPU: less than the budget where others hold memory, or a margin is kept; 0: nothing. */
export const planRoom = (gpu: GpuPlan) => Math.max(0, Math.min(gpu.budget, gpu.context + gpu.allowed));
