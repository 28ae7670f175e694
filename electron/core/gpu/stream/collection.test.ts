import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Collection } from '#contract';
import { createCollection } from './collection.ts';
import { cpuSeconds, createCost } from './cost.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('the collection meter', () => {
  it('reports every few seconds and not with each sample, and a restart at once', async () => {
    const reports: Collection[] = [];
    const health = createCollection({ pid: () => 1, onChange: (one) => reports.push(one), cost: async () => 0.25 });
    health.requested(500);
    expect(reports).toEqual([{ askedMs: 500, reachedMs: null, lastAt: null, restarts: 0, costPercent: null }]);
    // One long gap among them does not count.
    const times = [0, 520, 1_040, 61_040, 61_560, 62_080, 62_600];
    for (const time of times) health.ticked(time);
    expect(reports.length).toBe(1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reports.slice(1)).toEqual([
      { askedMs: 500, reachedMs: 520, lastAt: 62_600, restarts: 0, costPercent: 0.25 },
    ]);
    health.restarted();
    expect(reports.at(-1)?.restarts).toBe(1);
    await vi.advanceTimersByTimeAsync(60_000);
    // Nothing has changed.
    expect(reports.length).toBe(3);

    health.requested(null);
    expect(reports.at(-1)).toMatchObject({ askedMs: null, reachedMs: null, costPercent: null, lastAt: 62_600 });
    expect(vi.getTimerCount()).toBe(0);
    // The hours in between are not an interval.
    health.requested(2_000);
    for (const time of [9_000_000, 9_002_010]) health.ticked(time);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(reports.at(-1)).toMatchObject({ askedMs: 2_000, reachedMs: 2_010 });
    health.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the CPU use of the stream', () => {
  it('is per core over the last readings, and for one process', async () => {
    let seconds: number | null = 10;
    let time = 0;
    const cost = createCost(
      async () => seconds,
      () => time,
    );
    expect(await cost(7)).toBeNull();
    time += 5_000;
    seconds += 0.01;
    expect(await cost(7)).toBe(0.2);
    // Another process counts from its own start.
    time += 5_000;
    seconds = 0;
    expect(await cost(8)).toBeNull();
    time += 5_000;
    seconds = null;
    expect([await cost(8), await cost(undefined)]).toEqual([null, null]);
  });

  it.runIf(process.platform === 'linux')('is read from /proc', async () => {
    const [before, used] = [await cpuSeconds(process.pid), process.cpuUsage()];
    const until = (used.user + used.system) / 1e6;
    // Its exited children count too: never less than its own time.
    expect(before).toBeGreaterThanOrEqual(until - 0.1);
    expect(await cpuSeconds(2 ** 22 + 1)).toBeNull();
  });
});
