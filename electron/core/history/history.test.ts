import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gpuSeries, HOST, type Tick, type WindowRequest } from '#contract';
import { gpuSample, tickOf } from '#samples';
import type { StoreNotice } from '../settings/index.ts';
import { createHistory, HISTORY_BYTES, type History, MOST_GPUS } from './index.ts';

const NOW = Date.UTC(2026, 10, 26, 20);
const HOUR = 3_600_000;

let folder: string;
let told: StoreNotice[];
let open: History[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-history-'));
  told = [];
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((history) => history.stop()));
  await rm(folder, { recursive: true, force: true });
});

const opened = async (options: { retryMs?: number } = {}) => {
  const history = await createHistory({ folder, tell: (notice) => told.push(notice), ...options });
  open.push(history);
  return history;
};
const used = (time: number, memoryUsedMiB: number | null, more: Partial<Parameters<typeof gpuSample>[0]> = {}): Tick =>
  tickOf(time, gpuSample({ memoryUsedMiB, ...more }));
const request = (given: Partial<WindowRequest> = {}): WindowRequest => ({
  ...{ source: 'GPU-0', metrics: ['memoryUsedMiB'], from: NOW, to: NOW + HOUR, width: 1_000 },
  ...given,
});
/** A sample each `stepMs`, its figure its number; written to the disk now and then, as it would be by the clock. */
const fill = async (history: History, count: number, stepMs: number, value = (i: number): number | null => i) => {
  for (let i = 0; i < count; i += 1) {
    history.addTick(used(NOW + i * stepMs, value(i)));
    if (i % 1_000 === 999) await history.flush();
  }
};

describe('a window', () => {
  const samples = fc.array(
    fc.record({
      after: fc.integer({ min: 1, max: 6_000 }),
      value: fc.option(fc.integer({ min: -(10 ** 6), max: 10 ** 6 }), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 150 },
  );

  it('holds minimum, maximum and mean of what was measured in each column, and nothing where nothing was', async () => {
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
        const history = await createHistory({ folder: join(folder, uuid) });
        let time = NOW;
        const all: { time: number; value: number | null }[] = [];
        for (const [i, { after, value }] of list.entries()) {
          time += after;
          all.push({ time, value });
          history.addTick(tickOf(time, gpuSample({ uuid, temperature: value })));
          // Some on the disk, some in memory only, wherever the cut is.
          if (i === flushAt) await history.flush();
        }
        const span = { from: NOW + from, to: NOW + from + length };
        const answer = await history.window(request({ source: uuid, metrics: ['temperature'], ...span, width }));
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

  it('shows a spike of one sample at every zoom, from whatever it is read', async () => {
    const history = await opened();
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
      const answer = await history.window(request({ from: Math.max(0, at - before), to: at + before, width }));
      const { max = [], min = [] } = answer.metrics.memoryUsedMiB ?? {};
      expect([Math.max(...max.map(Number)), Math.min(...min.map(Number))]).toEqual([80_000, 100]);
      expect(answer.at.length).toBeLessThanOrEqual(width);
      tiers.add(answer.tier);
    }
    expect([...tiers].sort()).toEqual(['10s', '1m', 'raw']);
  });

  it('is read from a coarser tier where the finer one does not reach back so far', async () => {
    const history = await opened();
    await fill(history, 8_000, 500);
    const old = await history.window(request({ from: NOW + 60_000, to: NOW + 120_000, width: 600 }));
    expect(old).toMatchObject({ tier: '10s', oldest: NOW, columnMs: 100 });
    expect(old.metrics.memoryUsedMiB?.min.slice(1)).toEqual([120, 140, 160, 180, 200, 220].slice(1));
    const young = await history.window(
      request({ from: NOW + 8_000 * 500 - 60_000, to: NOW + 8_000 * 500, width: 600 }),
    );
    expect([young.tier, young.at.length]).toEqual(['raw', 120]);
  });

  it('leaves gaps, and tells how long one is from the periods that are usual there', async () => {
    const history = await opened();
    await fill(history, 100, 500);
    const after = NOW + 100 * 500 + 60_000;
    for (let i = 0; i < 20; i += 1) history.addTick(used(after + i * 500, 1));
    const quick = await history.window(request({ to: NOW + 120_000, width: 1_200 }));
    expect([quick.gapMs, quick.at.length]).toEqual([1_600, 120]);
    for (let i = 0; i < 5; i += 1) history.addTick(used(after + 20_000 + i * 5_000, 1));
    // Some of the time the panel was out of sight: five seconds are no gap.
    expect((await history.window(request({ to: NOW + 180_000, width: 1_800 }))).gapMs).toBe(15_100);
  });

  it('joins bits by and and by or, and has no mean of them', async () => {
    const history = await opened();
    for (const [i, throttle] of [0b0110, 0b0010, 0b1010, null].entries())
      history.addTick(used(NOW + i * 500, 1, { throttle, state: i === 3 ? 'lost' : 'ok' }));
    for (const width of [1, 3]) {
      const answer = await history.window(request({ metrics: ['throttle', 'state'], to: NOW + width * 60_000, width }));
      expect(answer.metrics).toEqual({
        throttle: { min: [0b0010], max: [0b1110], mean: [null] },
        state: { min: [0], max: [1], mean: [0.25] },
      });
    }
  });

  it('refuses what makes no sense with a sentence', async () => {
    const history = await opened();
    history.addTick(used(NOW, 1));
    for (const wrong of [
      { source: 'GPU-9' },
      { metrics: ['x'] },
      { metrics: ['ramUsedMiB'] },
      { to: NOW },
      { to: 1e300 },
    ])
      await expect(history.window(request(wrong))).rejects.toMatchObject({
        code: 'invalid_input',
        message: expect.stringMatching(/^[A-Z"].*: .*\.$/),
      });
    // The machine is there before anything was measured of it.
    expect(await history.window(request({ source: HOST, metrics: ['ramUsedMiB'] }))).toMatchObject({
      oldest: null,
      at: [],
    });
  });
});

describe('what is kept', () => {
  it('is there after a restart, in every tier, though the buckets were cut in two', async () => {
    const first = await opened();
    for (let i = 0; i < 6; i += 1) first.addTick(used(NOW + i * 1_000, i, { throttle: 0b11 }));
    await first.stop();
    const second = await opened();
    for (let i = 6; i < 10; i += 1) second.addTick(used(NOW + i * 1_000, i, { throttle: 0b10 }));
    await second.flush();
    for (const history of [second, await opened()]) {
      for (const [width, tier] of [
        [1_000, 'raw'],
        [100, '10s'],
        [10, '1m'],
      ] as const) {
        const answer = await history.window(request({ metrics: ['memoryUsedMiB', 'throttle'], width }));
        expect(answer.tier).toBe(tier);
        const { min, max, mean } = answer.metrics.memoryUsedMiB ?? { min: [], max: [], mean: [] };
        if (tier !== 'raw') expect([min, max, mean]).toEqual([[0], [9], [4.5]]);
        else expect(mean).toEqual([1.5, 5.5, 8.5]);
        if (tier !== 'raw') expect(answer.metrics.throttle).toEqual({ min: [0b10], max: [0b11], mean: [null] });
      }
    }
  });

  it('of a clock that was set back stays, and what comes after is kept as well', async () => {
    const history = await opened();
    for (const time of [NOW + HOUR, NOW + HOUR + 500, NOW, NOW + 500]) history.addTick(used(time, 5));
    await history.stop();
    const again = await opened();
    for (const width of [1_000, 100, 10]) {
      const answer = await again.window(request({ to: NOW + 2 * HOUR, width }));
      expect([answer.oldest, answer.at]).toEqual([NOW, [0, width / 2]]);
    }
  });

  it.each([
    ['foreign bytes', (file: string) => writeFile(file, 'not ours'.repeat(1_000)), 'is now'],
    ['a header that is cut off', (file: string) => truncate(file, 20), 'is now'],
    ['too much', (file: string) => truncate(file, 50 * 2 ** 20), 'is longer than it can be'],
  ])('and is damaged by %s is set aside and told, and the rest stays', async (_, damage, sentence) => {
    const first = await opened();
    first.addTick(used(NOW, 7));
    await first.stop();
    await damage(join(folder, 'GPU-0.raw'));
    const second = await opened();
    const [raw, tens] = [await second.window(request()), await second.window(request({ width: 100 }))];
    // Ten seconds know of it still, and reach further back.
    expect([raw.metrics.memoryUsedMiB?.max, tens.metrics.memoryUsedMiB?.max]).toEqual([[7], [7]]);
    expect(told).toMatchObject([{ code: 'history_damaged', message: expect.stringContaining(sentence) }]);
    const aside = (await readdir(folder)).filter((name) => name.includes('.damaged-'));
    expect(aside.map((name) => told[0]?.message.includes(name))).toEqual([true]);
    second.addTick(used(NOW + 1_000, 8));
    await second.stop();
    expect((await (await opened()).window(request({ from: NOW + 500 }))).metrics.memoryUsedMiB?.max).toEqual([8]);
    expect(told).toHaveLength(1);
  });

  it('loses only the record that a power cut has torn', async () => {
    const first = await opened();
    for (let i = 0; i < 3; i += 1) first.addTick(used(NOW + i * 4_000, i));
    await first.stop();
    const file = join(folder, 'GPU-0.raw');
    await truncate(file, (await stat(file)).size - 10);
    const second = await opened();
    expect((await second.window(request())).metrics.memoryUsedMiB?.max).toEqual([0, 1]);
    second.addTick(used(NOW + 20_000, 9));
    await second.flush();
    expect((await (await opened()).window(request())).metrics.memoryUsedMiB?.max).toEqual([0, 1, 9]);
    expect(told).toEqual([]);
  });

  it('stays in memory while the disk takes nothing, which is told once, and goes there when it does', async () => {
    await rm(folder, { recursive: true });
    await writeFile(folder, 'a file in the place of the folder');
    const history = await opened({ retryMs: 0 });
    for (let i = 0; i < 3; i += 1) {
      history.addTick(used(NOW + i * 4_000, i));
      await history.flush();
    }
    expect((await history.window(request())).metrics.memoryUsedMiB?.max).toEqual([0, 1, 2]);
    expect(told).toMatchObject([{ code: 'history_not_kept' }]);
    await rm(folder);
    await history.flush();
    expect((await (await opened()).window(request())).metrics.memoryUsedMiB?.max).toEqual([0, 1, 2]);
  });

  it('is of so many GPUs: the one that was not seen for longest goes, with its files', async () => {
    const history = await opened();
    const seen = (i: number) => history.addTick(tickOf(NOW + i * 120_000, gpuSample({ uuid: `GPU-${i}` })));
    for (let i = 0; i < MOST_GPUS; i += 1) seen(i);
    await history.flush();
    seen(MOST_GPUS);
    await history.stop();
    const names = new Set((await readdir(folder)).map((name) => name.split('.')[0]));
    expect([names.has('GPU-0'), names.has('GPU-1'), names.has(`GPU-${MOST_GPUS}`)]).toEqual([false, true, true]);
    await expect(history.window(request())).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('fits into its bound, which stays on a small disk', () => {
    expect(HISTORY_BYTES).toBeGreaterThan(100 * 2 ** 20);
    expect(HISTORY_BYTES).toBeLessThan(256 * 2 ** 20);
  });

  it('is every figure of a sample', async () => {
    const history = await opened();
    const figures = Object.fromEntries(gpuSeries.map((name, i) => [name, i + 1.25]));
    const ours = { contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0, usedMiB: 17.5 };
    history.addTick(tickOf(NOW, gpuSample({ ...figures, throttle: 5, ours, state: 'needs_reset' })));
    await history.stop();
    const again = await opened();
    const half = gpuSeries.slice(0, 9);
    for (const metrics of [half, gpuSeries.slice(9)]) {
      const answer = await again.window(request({ metrics: [...metrics] }));
      for (const name of metrics) {
        const value = { throttle: 5, oursMiB: 17.5, state: 2 }[name as string] ?? figures[name];
        expect([name, answer.metrics[name]?.max]).toEqual([name, [value]]);
      }
    }
  });
});
