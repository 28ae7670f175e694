import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST } from '#contract';
import { gpuSample, tickOf } from '#samples';
import { columnAt, createLiveSeries, fromProcesses, fromTicks, fromWindow, latestColumn } from './series.ts';

const used = (time: number, memoryUsedMiB: number | null) => tickOf(time, gpuSample({ memoryUsedMiB }));
const samples = fc.array(fc.option(fc.nat(1_000), { nil: null }), { minLength: 1, maxLength: 300 });

describe('ticks in columns', () => {
  it('keep every spike and the mean, however many samples share a pixel', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 50 }), (given, width) => {
        const ticks = given.map((value, i) => used(1_000 + i * 500, value));
        const span = { from: 1_000, to: 1_000 + given.length * 500, width };
        const columns = fromTicks(ticks, 'GPU-0', ['memoryUsedMiB'], span).series.memoryUsedMiB ?? [];
        const values = given.filter((value) => value !== null);
        expect(columns.length).toBeLessThanOrEqual(width + 1);
        expect(columns.length === 0).toBe(values.length === 0);
        if (values.length === 0) return;
        expect(Math.max(...columns.map(({ max }) => max))).toBe(Math.max(...values));
        expect(Math.min(...columns.map(({ min }) => min))).toBe(Math.min(...values));
        for (const { min, mean, max } of columns) expect(min <= mean + 1e-9 && mean <= max + 1e-9).toBe(true);
      }),
    );
  });

  it('grow by each tick as if they were computed anew', () => {
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 9 }), (given, width, each) => {
        const spanMs = 60_000;
        const live = createLiveSeries('GPU-0', ['memoryUsedMiB'], spanMs / width);
        const ticks: ReturnType<typeof used>[] = [];
        for (let i = 0; i < given.length; i += each) {
          ticks.push(...given.slice(i, i + each).map((value, k) => used((i + k) * 500, value)));
          const to = ticks.at(-1)?.time ?? 0;
          const span = { from: to - spanMs, to, width };
          const columns = live.update(ticks, span).series.memoryUsedMiB;
          const anew = createLiveSeries('GPU-0', ['memoryUsedMiB'], spanMs / width).update([...ticks], span);
          expect(columns).toEqual(anew.series.memoryUsedMiB);
          // The page drops what is older than its span, in place.
          ticks.splice(
            0,
            ticks.findIndex(({ time }) => time >= to - 2 * spanMs),
          );
        }
      }),
    );
  });

  it('have fixed borders: later ticks change only the newest column', () => {
    const ticks = Array.from({ length: 400 }, (_, i) => used(i * 500, (i * 37) % 90));
    const columnsUntil = (to: number) =>
      fromTicks(ticks, 'GPU-0', ['memoryUsedMiB'], { from: to - 60_000, to, width: 40 }).series.memoryUsedMiB ?? [];
    const [before, after] = [columnsUntil(120_000), columnsUntil(121_000)];
    const same = before.slice(1, -1);
    expect(after.filter(({ time }) => same.some((one) => one.time === time))).toEqual(same);
    expect(same.length).toBeGreaterThan(30);
  });

  it('have the bits of all samples and the bits of any', () => {
    const ticks = [0b101, 0b110, 0b100].map((throttle, i) => tickOf(i, gpuSample({ throttle })));
    const { series } = fromTicks(ticks, 'GPU-0', ['throttle'], { from: 0, to: 100, width: 1 });
    expect(series.throttle).toMatchObject([{ min: 0b100, max: 0b111 }]);
  });

  it('include the state, our share and system RAM, and nothing of another GPU', () => {
    const ours = { usedMiB: 7, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 };
    const host = { ramTotalMiB: 9, ramUsedMiB: 5, swapTotalMiB: null, swapUsedMiB: null, backendRssMiB: 2 };
    const ticks = [{ ...tickOf(1, gpuSample({ state: 'lost', ours })), host }];
    const span = { from: 0, to: 10, width: 10 };
    expect(fromTicks(ticks, 'GPU-0', ['state', 'oursMiB', 'temperature'], span).series).toMatchObject({
      state: [{ max: 1 }],
      oursMiB: [{ max: 7 }],
      temperature: [],
    });
    expect(fromTicks(ticks, HOST, ['ramUsedMiB', 'swapUsedMiB'], span).series).toMatchObject({
      ramUsedMiB: [{ max: 5 }],
      swapUsedMiB: [],
    });
    expect(fromTicks(ticks, 'GPU-9', ['state'], span).series).toEqual({ state: [] });
  });
});

describe('the history’s answer', () => {
  const answer = {
    tier: '10s' as const,
    columnMs: 100,
    gapMs: 250,
    oldest: 1_200,
    at: [2, 3, 9],
    metrics: {
      temperature: { min: [40, null, 50], max: [60, null, 50], mean: [45, null, 50] },
      throttle: { min: [0, 4, 4], max: [4, 4, 5], mean: [null, null, null] },
    },
  };
  const data = fromWindow(answer, { from: 1_000, to: 2_000 });

  it('has the middle of each column, and no column without a value', () => {
    expect(data.series.temperature).toEqual([
      { time: 1_250, min: 40, max: 60, mean: 45 },
      { time: 1_950, min: 50, max: 50, mean: 50 },
    ]);
    expect(data.series.throttle?.map(({ min, max }) => [min, max])).toEqual([
      [0, 4],
      [4, 4],
      [4, 5],
    ]);
  });

  it('has the nearest column at a time, and none in a gap', () => {
    const columns = data.series.temperature ?? [];
    expect(columnAt(columns, 1_260, data)?.max).toBe(60);
    expect(columnAt(columns, 1_000, data)).toBeUndefined();
    expect(columnAt(columns, 1_600, data)).toBeUndefined();
    expect(columnAt(columns, 1_999, data)?.max).toBe(50);
    expect(columnAt([], 1_999, data)).toBeUndefined();
    expect(latestColumn(columns, data)?.max).toBe(50);
    expect(latestColumn(columns.slice(0, 1), data)).toBeUndefined();
    // A lost GPU has a state, but no current values.
    const state = [{ ...columns.at(-1), time: data.to }] as typeof columns;
    const slow = { ...data, gapMs: 5_000, series: {} };
    expect(latestColumn(columns.slice(0, 1), slow)?.max).toBe(60);
    expect(latestColumn(columns.slice(0, 1), { ...slow, series: { state } })).toBeUndefined();
  });

  it('has one series per process', () => {
    const one = { pid: 7, startTime: 3, name: 'python', user: null, ours: true, at: [0, 4], maxMiB: [10, 20] };
    const { series, gapMs } = fromProcesses({ columnMs: 100, list: [one] }, { from: 0, to: 1_000 });
    expect(series['7:3']?.map(({ time, max }) => [time, max])).toEqual([
      [50, 10],
      [450, 20],
    ]);
    expect(gapMs).toBeLessThan(400);
  });
});
