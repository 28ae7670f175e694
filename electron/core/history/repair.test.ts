import { mkdir, rename, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { HOUR, historyWorld, NOW, used, windowOver } from './testing.ts';

/** Milliseconds since the previous step, negative where the clock is set back, and the event. */
const step = fc.record({
  after: fc.oneof(fc.integer({ min: 100, max: 29_000 }), fc.integer({ min: -29_000, max: 29_000 })),
  kind: fc.constantFrom('sample', 'sample', 'sample', 'sample', 'flush', 'kill', 'end'),
});

it('open buckets are rebuilt from samples, however often Headroom exits or is killed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const world = await historyWorld();
      try {
        let history = await world.open();
        const kept: { time: number; value: number }[] = [];
        let waiting: typeof kept = [];
        let time = NOW + HOUR / 2;
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
          const series = answer.metrics.memoryUsedMiB;
          expect([answer.tier, answer.at.length]).toEqual([
            tier,
            new Set(kept.map((one) => column(one.time, ms))).size,
          ]);
          answer.at.forEach((at, i) => {
            const values = kept.filter((one) => column(one.time, ms) === at).map(({ value }) => value);
            const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
            expect([series?.min[i], series?.max[i]]).toEqual([Math.min(...values), Math.max(...values)]);
            expect(series?.mean[i]).toBeCloseTo(mean, 1);
          });
        }
      } finally {
        await world.remove();
      }
    }),
    { numRuns: 100 },
  );
}, 60_000);

const onDisk = async (world: Awaited<ReturnType<typeof historyWorld>>, width: number) => {
  const { at, metrics } = await (await world.open()).window(windowOver({ width }));
  return at.map((one, i) => [one, metrics.memoryUsedMiB?.max[i]]);
};

it.each([
  ['behind', -HOUR / 2],
  ['ahead', HOUR / 4],
])('a clock that was %s for a while keeps nothing from being made again', async (_, wrongBy) => {
  const world = await historyWorld();
  try {
    const right = NOW + HOUR / 2;
    for (const [i, begin] of [right, right + wrongBy, right + 180_000].entries()) {
      const history = await world.open();
      for (const time of [begin, begin + 61_000]) history.addTick(used(time, i));
      await history.stop();
    }
    const minutes = [right, right + wrongBy, right + 180_000].flatMap((begin, i) =>
      [0, 1].map((minute) => [(begin - NOW) / 60_000 + minute, i]),
    );
    expect(await onDisk(world, 60)).toEqual(minutes.sort(([a = 0], [b = 0]) => a - b));
  } finally {
    await world.remove();
  }
});

it('samples that were unreadable at first become buckets later', async () => {
  const world = await historyWorld();
  try {
    const raw = join(world.folder, 'GPU-0.raw');
    const first = await world.open();
    first.addTick(used(NOW, 1));
    await first.stop();
    await rename(raw, `${raw}.away`);
    await mkdir(raw);
    const second = await world.open({ retryMs: 0 });
    for (let i = 1; i < 5; i += 1) second.addTick(used(NOW + i * 60_000, 2));
    await second.flush();
    await rmdir(raw);
    await rename(`${raw}.away`, raw);
    await second.stop();
    const minutes = [0, 1, 2, 3, 4].map((minute) => [minute, minute === 0 ? 1 : 2]);
    expect(await onDisk(world, 60)).toEqual(minutes);
  } finally {
    await world.remove();
  }
});

const column = (time: number, ms: number) => Math.floor((time - NOW) / ms);
