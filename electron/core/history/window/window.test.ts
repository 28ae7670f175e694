import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HOST } from '#contract';
import { gpuSample, tickOf } from '#samples';
import { createHistory } from '../index.ts';
import { fill, HOUR, historyWorld, NOW, used, windowOver } from '../testing.ts';

let world: Awaited<ReturnType<typeof historyWorld>>;
beforeEach(async () => {
  world = await historyWorld();
});
afterEach(() => world.remove());

describe('a window', () => {
  const samples = fc.array(
    fc.record({
      after: fc.integer({ min: 1, max: 6_000 }),
      value: fc.option(fc.integer({ min: -(10 ** 6), max: 10 ** 6 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 150 },
  );

  it('has minimum, maximum and mean of each column, and nothing without samples', async () => {
    const shape = fc.record({
      list: samples,
      flushAt: fc.nat(150),
      from: fc.integer({ min: 0, max: 400_000 }),
      length: fc.integer({ min: 1, max: 400_000 }),
      width: fc.integer({ min: 60, max: 400 }),
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(shape, async ({ list, flushAt, from, length, width }) => {
        round += 1;
        const uuid = `GPU-${round}`;
        const history = await createHistory({ folder: join(world.folder, uuid) });
        let time = NOW;
        const all: { time: number; value: number | null }[] = [];
        for (const [i, { after, value }] of list.entries()) {
          time += after;
          all.push({ time, value });
          history.addTick(tickOf(time, gpuSample({ uuid, temperature: value })));
          // Some on disk, some only in memory, wherever the split is.
          if (i === flushAt) await history.flush();
        }
        const span = { from: NOW + from, to: NOW + from + length };
        const answer = await history.window(windowOver({ source: uuid, metrics: ['temperature'], ...span, width }));
        expect(answer).toMatchObject({ tier: 'raw', ...reference(all, span, width) });
        await history.stop();
      }),
      { numRuns: 60 },
    );
  });

  function reference(all: { time: number; value: number | null }[], span: { from: number; to: number }, width: number) {
    const columnMs = (span.to - span.from) / width;
    const columns = new Map<number, (number | null)[]>();
    for (const { time, value } of all) {
      if (time < span.from || time >= span.to) continue;
      const column = Math.min(width - 1, Math.floor((time - span.from) / columnMs));
      columns.set(column, [...(columns.get(column) ?? []), value]);
    }
    const at = [...columns.keys()].sort((a, b) => a - b);
    const values = at.map((column) => (columns.get(column) ?? []).filter((value) => value !== null));
    const of = (tell: (list: number[]) => number) => values.map((list) => (list.length > 0 ? tell(list) : null));
    const mean = of((list) => Math.round((list.reduce((a, b) => a + b, 0) / list.length) * 1_000) / 1_000);
    return {
      at,
      metrics: { temperature: { min: of((list) => Math.min(...list)), max: of((list) => Math.max(...list)), mean } },
    };
  }

  it('shows a spike of one sample at every zoom, from every tier', async () => {
    const history = await world.open();
    const spike = 7_000;
    await fill(history, 14_400, 500, (i) => (i === spike ? 80_000 : 100));
    const at = NOW + spike * 500;
    const tiers = new Set<string>();
    for (const [before, width] of [
      [60_000, 600],
      [HOUR, 1_000],
      [HOUR, 100],
      [24 * HOUR, 1_500],
      [30 * 24 * HOUR, 1_500],
      [30 * 24 * HOUR, 1],
    ] as const) {
      const answer = await history.window(windowOver({ from: Math.max(0, at - before), to: at + before, width }));
      const { max = [], min = [] } = answer.metrics.memoryUsedMiB ?? {};
      expect([Math.max(...max.map(Number)), Math.min(...min.map(Number))]).toEqual([80_000, 100]);
      expect(answer.at.length).toBeLessThanOrEqual(width);
      tiers.add(answer.tier);
    }
    expect([...tiers].sort()).toEqual(['10s', '1m', 'raw']);
  });

  it('is read from a coarser tier where the finer one does not reach back so far', async () => {
    const history = await world.open();
    await fill(history, 8_000, 500);
    const old = await history.window(windowOver({ from: NOW + 60_000, to: NOW + 120_000, width: 600 }));
    expect(old).toMatchObject({ tier: '10s', oldest: NOW, columnMs: 100 });
    expect(old.metrics.memoryUsedMiB?.min.slice(1)).toEqual([120, 140, 160, 180, 200, 220].slice(1));
    const young = await history.window(
      windowOver({ from: NOW + 8_000 * 500 - 60_000, to: NOW + 8_000 * 500, width: 600 }),
    );
    expect([young.tier, young.at.length]).toEqual(['raw', 120]);
  });

  it('of the last hour shows every sample, also at faster rates', async () => {
    const history = await world.open();
    await fill(history, 9_000, 500);
    const last = NOW + 8_999 * 500;
    // Two streams overlap when the interval changes.
    for (let i = 1; i <= 100; i += 1) history.addTick(used(last + i, i));
    await history.flush();
    const hour = await history.window(windowOver({ from: last + 100 - HOUR, to: last + 101, width: 1_200 }));
    expect(hour.tier).toBe('raw');
  });

  it('has gaps, and derives their length from the typical intervals', async () => {
    const history = await world.open();
    await fill(history, 100, 500);
    const after = NOW + 100 * 500 + 60_000;
    for (let i = 0; i < 20; i += 1) history.addTick(used(after + i * 500, 1));
    const quick = await history.window(windowOver({ to: NOW + 120_000, width: 1_200 }));
    expect([quick.gapMs, quick.at.length]).toEqual([2_500, 120]);
    for (let i = 0; i < 5; i += 1) history.addTick(used(after + 20_000 + i * 5_000, 1));
    // The panel was hidden for a while: five seconds are not a gap.
    expect((await history.window(windowOver({ to: NOW + 180_000, width: 1_800 }))).gapMs).toBe(15_100);
  });

  it('combines bits by AND and OR, without a mean', async () => {
    const history = await world.open();
    for (const [i, throttle] of [0b0110, 0b0010, 0b1010, null].entries())
      history.addTick(used(NOW + i * 500, 1, { throttle, state: i === 3 ? 'lost' : 'ok' }));
    for (const width of [1, 3]) {
      const answer = await history.window(
        windowOver({ metrics: ['throttle', 'state'], to: NOW + width * 60_000, width }),
      );
      expect(answer.metrics).toEqual({
        throttle: { min: [0b0010], max: [0b1110], mean: [null] },
        state: { min: [0], max: [1], mean: [0.25] },
      });
    }
  });

  it('rejects invalid requests with a sentence', async () => {
    const history = await world.open();
    history.addTick(used(NOW, 1));
    for (const wrong of [
      { source: 'GPU-9' },
      { metrics: ['x'] },
      { metrics: ['ramUsedMiB'] },
      { to: NOW },
      { to: 1e300 },
    ])
      await expect(history.window(windowOver(wrong))).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringMatching(/^[A-Z"].*: .*\.$/),
      });
    // The machine exists before its first sample.
    expect(await history.window(windowOver({ source: HOST, metrics: ['ramUsedMiB'] }))).toMatchObject({
      oldest: null,
      at: [],
    });
  });
});
