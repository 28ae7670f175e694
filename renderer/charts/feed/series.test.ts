import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOST } from '#contract';
import { gpuSample, tickOf } from '#samples';
import { columnAt, fromProcesses, fromTicks, fromWindow, newestOf } from './series.ts';

const used = (time: number, memoryUsedMiB: number | null) => tickOf(time, gpuSample({ memoryUsedMiB }));
const values = fc.array(fc.option(fc.nat(1_000), { nil: null }), { minLength: 1, maxLength: 300 });

describe('ticks in columns', () => {
  it('keep every spike and the mean, however many samples fall on one pixel', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 50 }), (given, width) => {
        const ticks = given.map((value, i) => used(1_000 + i * 500, value));
        const span = { from: 1_000, to: 1_000 + given.length * 500, width };
        const columns = fromTicks(ticks, 'GPU-0', ['memoryUsedMiB'], span).series.memoryUsedMiB ?? [];
        const figures = given.filter((value) => value !== null);
        expect(columns.length).toBeLessThanOrEqual(width + 1);
        expect(columns.length === 0).toBe(figures.length === 0);
        if (figures.length === 0) return;
        expect(Math.max(...columns.map(({ max }) => max))).toBe(Math.max(...figures));
        expect(Math.min(...columns.map(({ min }) => min))).toBe(Math.min(...figures));
        for (const { min, mean, max } of columns) expect(min <= mean + 1e-9 && mean <= max + 1e-9).toBe(true);
      }),
    );
  });

  it('have borders that stand still: a later look changes only the newest column', () => {
    const ticks = Array.from({ length: 400 }, (_, i) => used(i * 500, (i * 37) % 90));
    const look = (to: number) =>
      fromTicks(ticks, 'GPU-0', ['memoryUsedMiB'], { from: to - 60_000, to, width: 40 }).series.memoryUsedMiB ?? [];
    const [before, after] = [look(120_000), look(121_000)];
    const same = before.slice(1, -1);
    expect(after.filter(({ time }) => same.some((one) => one.time === time))).toEqual(same);
    expect(same.length).toBeGreaterThan(30);
  });

  it('hold the bits that were always set, and those that ever were', () => {
    const ticks = [0b101, 0b110, 0b100].map((throttle, i) => tickOf(i, gpuSample({ throttle })));
    const { series } = fromTicks(ticks, 'GPU-0', ['throttle'], { from: 0, to: 100, width: 1 });
    expect(series.throttle).toMatchObject([{ min: 0b100, max: 0b111 }]);
  });

  it('tell of the state, of our share and of the machine; of another GPU nothing', () => {
    const ours = { usedMiB: 7, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0 };
    const host = { ramTotalMiB: 9, ramUsedMiB: 5, swapTotalMiB: null, swapUsedMiB: null, backendRssMiB: 2 };
    const ticks = [{ ...tickOf(1, gpuSample({ state: 'lost', ours })), host }];
    const span = { from: 0, to: 10, width: 10 };
    expect(fromTicks(ticks, 'GPU-0', ['state', 'oursMiB', 'temperature'], span).series).toMatchObject({
      ...{ state: [{ max: 1 }], oursMiB: [{ max: 7 }], temperature: [] },
    });
    expect(fromTicks(ticks, HOST, ['ramUsedMiB', 'swapUsedMiB'], span).series).toMatchObject({
      ...{ ramUsedMiB: [{ max: 5 }], swapUsedMiB: [] },
    });
    expect(fromTicks(ticks, 'GPU-9', ['state'], span).series).toEqual({ state: [] });
  });
});

describe('an answer of the history', () => {
  const answer = {
    ...{ tier: '10s' as const, columnMs: 100, gapMs: 250, oldest: 1_200, at: [2, 3, 9] },
    metrics: {
      temperature: { min: [40, null, 50], max: [60, null, 50], mean: [45, null, 50] },
      throttle: { min: [0, 4, 4], max: [4, 4, 5], mean: [null, null, null] },
    },
  };
  const shown = fromWindow(answer, { from: 1_000, to: 2_000 });

  it('places each column in its middle, and none where there is no figure', () => {
    expect(shown.series.temperature).toEqual([
      { time: 1_250, min: 40, max: 60, mean: 45 },
      { time: 1_950, min: 50, max: 50, mean: 50 },
    ]);
    expect(shown.series.throttle?.map(({ min, max }) => [min, max])).toEqual([
      [0, 4],
      [4, 4],
      [4, 5],
    ]);
  });

  it('is read at a moment: the nearest column, nothing in a gap', () => {
    const columns = shown.series.temperature ?? [];
    expect(columnAt(columns, 1_260, shown)?.max).toBe(60);
    expect(columnAt(columns, 1_000, shown)).toBeUndefined();
    expect(columnAt(columns, 1_600, shown)).toBeUndefined();
    expect(columnAt(columns, 1_999, shown)?.max).toBe(50);
    expect(columnAt([], 1_999, shown)).toBeUndefined();
    expect(newestOf(columns, shown)?.max).toBe(50);
    expect(newestOf(columns.slice(0, 1), shown)).toBeUndefined();
    // A GPU that is lost has a state, and no figure of now.
    const state = [{ ...columns.at(-1), time: shown.to }] as typeof columns;
    const slow = { ...shown, gapMs: 5_000, series: {} };
    expect(newestOf(columns.slice(0, 1), slow)?.max).toBe(60);
    expect(newestOf(columns.slice(0, 1), { ...slow, series: { state } })).toBeUndefined();
  });

  it('gives each process a series of its own', () => {
    const one = { pid: 7, startTime: 3, name: 'python', user: null, ours: true, at: [0, 4], maxMiB: [10, 20] };
    const { series, gapMs } = fromProcesses({ columnMs: 100, list: [one] }, { from: 0, to: 1_000 });
    expect(series['7:3']?.map(({ time, max }) => [time, max])).toEqual([
      [50, 10],
      [450, 20],
    ]);
    expect(gapMs).toBeLessThan(400);
  });
});
