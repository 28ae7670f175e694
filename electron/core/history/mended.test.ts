import fc from 'fast-check';
import { expect, it } from 'vitest';
import { historyWorld, NOW, used, windowOver } from './testing.ts';

/** Milliseconds since the step before, and what then happens. */
const step = fc.record({
  after: fc.integer({ min: 100, max: 40_000 }),
  kind: fc.constantFrom('sample', 'sample', 'sample', 'sample', 'flush', 'kill', 'end'),
});

it('buckets that were not over are made again of the samples, however often Headroom ends or is killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = await historyWorld();
      try {
        let history = await world.open();
        const kept: { time: number; value: number }[] = [];
        let waiting: typeof kept = [];
        let time = NOW;
        for (const { after, kind } of steps) {
          time += after;
          if (kind === 'sample') {
            waiting.push({ time, value: (time * 7_919) % 4_096 });
            history.addTick(used(time, (time * 7_919) % 4_096));
          } else if (kind === 'kill') {
            waiting = [];
            history = await world.open();
          } else {
            kept.push(...waiting.splice(0));
            if (kind === 'flush') await history.flush();
            else {
              await history.stop();
              history = await world.open();
            }
          }
        }
        await history.stop();
        kept.push(...waiting);
        if (kept.length === 0) return;
        const again = await world.open();
        for (const [tier, ms] of [
          ['10s', 10_000],
          ['1m', 60_000],
        ] as const) {
          const answer = await again.window(windowOver({ width: 3_600_000 / ms }));
          const told = answer.metrics.memoryUsedMiB;
          expect([answer.tier, answer.at.length]).toEqual([
            tier,
            new Set(kept.map((one) => column(one.time, ms))).size,
          ]);
          answer.at.forEach((at, i) => {
            const values = kept.filter((one) => column(one.time, ms) === at).map(({ value }) => value);
            const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
            expect([told?.min[i], told?.max[i]]).toEqual([Math.min(...values), Math.max(...values)]);
            expect(told?.mean[i]).toBeCloseTo(mean, 1);
          });
        }
      } finally {
        await world.remove();
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

const column = (time: number, ms: number) => Math.floor((time - NOW) / ms);
