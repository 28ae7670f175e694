import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { gpuSample } from '#samples';
import type { Row } from '../stream/row.ts';
import { keepPollingProcesses, type ProcessPolling } from './process-polling.ts';

let stopping: AbortController;
let looking: ProcessPolling;
let looks: number;
let ok: boolean;
let fails: boolean;
let seen: boolean;
beforeEach(() => {
  vi.useFakeTimers();
  [looks, ok, fails, seen, stopping] = [0, true, false, false, new AbortController()];
  looking = keepPollingProcesses({
    isOk: () => ok,
    periodMs: () => (seen ? { moved: 3_000, still: 3_000 } : { moved: 9_000, still: 30_000 }),
    list: async () => {
      looks += 1;
      if (fails) throw new Error('nvidia-smi does not answer.');
    },
    signal: stopping.signal,
  });
});
afterEach(async () => {
  stopping.abort();
  await looking.done;
  vi.useRealTimers();
});

const rowsOn = (memoryTotalMiB: number, ...used: (number | null)[]) =>
  used.map((memoryUsedMiB) => ({
    sample: gpuSample({ memoryUsedMiB, memoryTotalMiB }),
    facts: {},
  })) as unknown as Row[];
const rowsOf = (...used: (number | null)[]) => rowsOn(24_564, ...used);
/** The number of queries in so many milliseconds. */
async function within(ms: number): Promise<number> {
  const before = looks;
  await vi.advanceTimersByTimeAsync(ms);
  return looks - before;
}

it('queries at once, and then rarely while no memory moves', async () => {
  looking.sampled(rowsOf(1_000, 5_000));
  expect(await within(9_000)).toBe(1);
  looking.sampled(rowsOf(1_060, 4_950));
  expect(await within(90_000)).toBe(3);
});

it('queries soon after memory has moved on any GPU, but not with each sample', async () => {
  await within(20_000);
  for (const rows of [rowsOf(1_000), rowsOf(1_064), rowsOf(900), rowsOf(null), rowsOf(1_000, 10), rowsOf()]) {
    looking.sampled(rows);
    expect([await within(1), await within(8_999)]).toEqual([1, 0]);
  }
  let used = 0;
  const before = looks;
  for (let second = 0; second < 90; second += 1) {
    used += 500;
    looking.sampled(rowsOf(used));
    await within(1_000);
  }
  // At once, and then every nine seconds.
  expect(looks - before).toBe(11);
});

it('queries soon on a small card too', async () => {
  looking.sampled(rowsOn(256, 8));
  await within(20_000);
  looking.sampled(rowsOn(256, 15));
  expect(await within(1)).toBe(0);
  looking.sampled(rowsOn(256, 16));
  expect(await within(1)).toBe(1);
});

it('queries at once on request, and then at the new interval', async () => {
  await within(12_000);
  seen = true;
  looking.now();
  expect([await within(0), await within(9_000)]).toEqual([1, 3]);
});

it('pauses while nvidia-smi fails, and queries at once when it works again', async () => {
  ok = false;
  await within(30_000);
  looking.sampled(rowsOf(1_000));
  looking.now();
  expect(await within(60_000)).toBe(0);
  ok = true;
  looking.now();
  expect(await within(0)).toBe(1);
});

it('retries soon after a failed query, whatever the memory does', async () => {
  fails = true;
  looking.sampled(rowsOf(1_000));
  expect(await within(27_001)).toBe(3);
  fails = false;
  expect(await within(8_999)).toBe(1);
  expect(await within(29_000)).toBe(0);
});

it('keeps its interval where memory is unknown', async () => {
  await within(20_000);
  for (let second = 0; second < 90; second += 1) {
    looking.sampled(rowsOf(1_000, null));
    await within(1_000);
  }
  expect(looks).toBe(1 + 11);
});
