import { expect, it } from 'vitest';
import { type Plan, planSchema } from '#contract';
import { ghostOn, gpusOf } from './ghost.ts';

const gpu = (index: number, gib: number) => ({
  ...{ index, name: 'GPU', card_total: 80, others: 0, weights: 0, kv_cache: 0, activations: 0, context: 0 },
  ...{ live_peak: gib, reserved_peak: gib, total_low: gib, total: gib * 2 ** 30, budget: 0, allowed: 0, headroom: 0 },
});
const plan = (given: Partial<Plan>): Plan =>
  planSchema.parse({
    ...{ verdict: 'fits', method: 'traced', reason: null, corrected_from: 0, weights: 0, kv_cache: 0, activations: 0 },
    ...{ total_low: 0, total: 0, budget: 0, gpus: [gpu(0, 0), gpu(6, 33)], offload: null, ways_out: [] },
    ...given,
  });

it('draws the plan on the GPUs that the run would use only', () => {
  expect(ghostOn(plan({}), 6)).toEqual({ mib: 33 * 1024, tone: 'fits' });
  expect([ghostOn(plan({}), 0), ghostOn(plan({}), 3), ghostOn(null, 6)]).toEqual([null, null, null]);
  expect([gpusOf(plan({})), gpusOf(null)]).toEqual([[6], []]);
});

it('has the tone of the verdict; a refused run does not fit', () => {
  expect(ghostOn(plan({ verdict: 'does_not_fit' }), 6)?.tone).toBe('over');
  expect(ghostOn(plan({ verdict: 'cannot_tell' }), 6)?.tone).toBe('tight');
  const refusal = { code: 'x', values: {}, text: 'No.' };
  expect(ghostOn(plan({ refusal_sentence: refusal }), 6)?.tone).toBe('over');
});
