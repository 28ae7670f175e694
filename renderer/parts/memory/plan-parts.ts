import type { GpuPlan } from '#contract';

export interface PlanPart {
  name: 'context' | 'weights' | 'kv' | 'activations' | 'loading' | 'kept';
  bytes: number;
}

/** One GPU's planned memory from left to right, in the order and colours of measured memory. */
export function planParts(gpu: GpuPlan): PlanPart[] {
  return [
    { name: 'context', bytes: gpu.context },
    { name: 'weights', bytes: gpu.weights },
    { name: 'kv', bytes: gpu.kv_cache },
    { name: 'activations', bytes: gpu.activations },
    ...(gpu.loading > 0 ? [{ name: 'loading' as const, bytes: gpu.loading }] : []),
    { name: 'kept', bytes: Math.max(0, gpu.total - gpu.total_low) },
  ];
}

/** The bar's end in bytes: the plan or the budget, whichever is larger, so that both fit. */
export const planScale = (gpu: GpuPlan) => Math.max(gpu.total, gpu.budget, 1);

/** The GPU that lacks the most of a plan that does not fit, and how many bytes; null where each holds its part. */
export function shortestOf(gpus: GpuPlan[]): { index: number; bytes: number } | null {
  const used = gpus.filter((gpu) => gpu.live_peak > 0);
  const short = used.map((gpu) => ({ index: gpu.index, bytes: gpu.total - planRoom(gpu) }));
  const [worst] = short.sort((a, b) => b.bytes - a.bytes);
  return worst && worst.bytes > 0 ? worst : null;
}

/** Bytes that the run may reach on this GPU: less than the budget if others hold memory or a margin applies. */
export const planRoom = (gpu: GpuPlan) => Math.max(0, Math.min(gpu.budget, gpu.context + gpu.allowed));
