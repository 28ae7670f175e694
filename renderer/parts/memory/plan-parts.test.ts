import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuPlan } from '#contract';
import { planParts, planRoom, planScale, shortestOf } from './plan-parts.ts';

const size = fc.integer({ min: 0, max: 2 ** 40 });
const gpus = fc
  .record({
    context: size,
    weights: size,
    kv_cache: size,
    activations: size,
    loading: size,
    reserve: size,
    budget: size,
  })
  .map(({ reserve, budget, ...parts }) => {
    const live_peak = parts.weights + parts.kv_cache + parts.activations + parts.loading;
    const total_low = parts.context + live_peak;
    const total = total_low + reserve;
    const rest = { index: 0, name: 'GPU', card_total: total, others: 0, allowed: budget, headroom: 0 };
    return { ...rest, ...parts, live_peak, reserved_peak: live_peak + reserve, total_low, total, budget } as GpuPlan;
  });

describe('the parts of a plan', () => {
  it('add up to its total and fit the bar', () => {
    fc.assert(
      fc.property(gpus, (gpu) => {
        const sum = planParts(gpu).reduce((total, part) => total + part.bytes, 0);
        expect(sum).toBe(gpu.total);
        expect(planScale(gpu)).toBeGreaterThanOrEqual(Math.max(gpu.total, gpu.budget, planRoom(gpu)));
      }),
    );
  });

  it('name the GPU that lacks the most', () => {
    const gpu = (index: number, total: number) =>
      ({ index, total, live_peak: total, budget: 100, context: 10, allowed: 80 }) as GpuPlan;
    const empty = { ...gpu(3, 12), live_peak: 0, allowed: -10 };
    expect(shortestOf([gpu(0, 95), gpu(1, 120), gpu(2, 110), empty])).toEqual({ index: 1, bytes: 30 });
    expect(shortestOf([gpu(0, 90), gpu(1, 20), empty])).toBeNull();
  });

  it('leave room only for what others do not hold, CUDA context included', () => {
    const gpu = (allowed: number) => ({ budget: 256, context: 12, allowed }) as GpuPlan;
    expect([-300, -12, -5, 0, 100, 400].map((allowed) => planRoom(gpu(allowed)))).toEqual([0, 0, 7, 12, 112, 256]);
  });
});
