import fc from 'fast-check';
import { expect, it } from 'vitest';
import { curveOf, elapsedText, elapsedTicks, predictedMiB, sizeTicks } from './curve.ts';

it('breaks the curve at a gap, and keeps what is unknown unknown', () => {
  const window = {
    tier: 'raw' as const,
    columnMs: 1_000,
    gapMs: 2_500,
    oldest: 0,
    at: [0, 1, 9],
    metrics: { oursMiB: { min: [], max: [5, 6, null], mean: [] } },
  };
  expect(curveOf(window, 10_000).map(({ time, ours, used }) => [time, ours, used])).toEqual([
    [10_500, 5, null],
    [11_500, 6, null],
    [15_500, null, null],
    [19_500, null, null],
  ]);
});

it('draws the plan of a card, and none where it does not say', () => {
  const gpus = [
    { index: 0, total: 2 ** 30 },
    { index: 3, total: 2 ** 31 },
  ];
  expect(predictedMiB({ predicted_peak: 2 ** 29, plan: { gpus } }, 0, true)).toBe(512);
  expect(predictedMiB({ predicted_peak: 2 ** 29, plan: { gpus } }, 3, false)).toBe(2_048);
  expect(predictedMiB({ plan: { gpus }, offload: 5 }, 3, false)).toBeNull();
  expect(predictedMiB(null, 0, true)).toBeNull();
});

it('has round ticks, few, from 0, and none beyond the end', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 * 86_400_000 }), fc.integer({ min: 1, max: 3_000_000 }), (length, mib) => {
      for (const [ticks, end, most] of [
        [elapsedTicks(length), length, 6],
        [sizeTicks(mib), mib, 4],
      ] as const) {
        expect(ticks[0]).toBe(0);
        expect(ticks.length).toBeLessThanOrEqual(most + 1);
        expect(ticks.at(-1)).toBeLessThanOrEqual(end);
      }
    }),
  );
  expect(sizeTicks(22.1 * 1_024)).toEqual([0, 8, 16].map((gib) => gib * 1_024));
  expect([42_000, 271_000, 3_723_000].map(elapsedText)).toEqual(['0:42', '4:31', '1:02:03']);
});
