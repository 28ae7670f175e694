import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Tick } from '#contract';
import { type FakeSmi, fakeRow, fakeSmi, forever } from '#fake-smi';
import type { Fault } from '../smi/faults.ts';
import { createClock } from '../timing/clock.ts';
import { keepStreaming, type Streaming } from './keep-streaming.ts';
import { streamFields } from './row.ts';
import { createSource } from './source.ts';

let fake: FakeSmi;
let stopping: AbortController;
let streaming: Streaming;
let ticks: Tick[];
let faults: Fault[];
let restarts: number;

beforeEach(async () => {
  fake = await fakeSmi(streamFields);
  stopping = new AbortController();
  ticks = [];
  faults = [];
  restarts = 0;
  streaming = keepStreaming(
    {
      source: createSource(fake.source),
      onTick: ({ tick }) => ticks.push(tick),
      onFault: (fault) => faults.push(fault),
      onRestart: () => {
        restarts += 1;
      },
      now: createClock(),
    },
    stopping.signal,
  );
});
afterEach(async () => {
  stopping.abort();
  await streaming.done;
  await fake.remove();
});

const every = (periodMs: number) => ({ periodMs, buses: null });
/** Identifies the stream of a sample: each stream reports its interval as the memory in use. */
const usedBy = () => ticks.map((tick) => tick.gpus[0]?.memoryUsedMiB);
const sampled = (used: number, atLeast: number) =>
  vi.waitFor(() => expect(usedBy().filter((one) => one === used).length).toBeGreaterThanOrEqual(atLeast), 20_000);
/** Larger than any interval, which is the memory in use. */
const row = fakeRow(streamFields, '$ms').replace('256', '65536');
const asked = async () => (await fake.streams()).map((words) => Number(/-lms (\d+)/.exec(words)?.[1]));

describe('a stream with another interval', () => {
  it('takes over with its first sample, without a gap and without duplicates', async () => {
    // The second one prints nothing until the gate is open.
    const gate = `[ $ms = 40 ] && until [ -e "$here/gate" ]; do sleep 0.02; done`;
    await fake.write({ stream: `${gate}; ${forever(row)}` });
    streaming.want(every(50));
    await sampled(50, 2);
    streaming.want(every(40));
    await vi.waitFor(async () => expect(await asked()).toEqual([50, 40]), 20_000);
    await sampled(50, ticks.length + 3);
    expect(await fake.alive()).not.toEqual([]);
    expect(usedBy()).not.toContain(40);

    await writeFile(join(fake.folder, 'gate'), '');
    await sampled(40, 3);
    const list = usedBy();
    expect(list.slice(list.indexOf(40))).not.toContain(50);
    const times = ticks.map((tick) => tick.time);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    await vi.waitFor(
      async () => expect((await fake.alive()).filter((line) => line.includes('-lms 50'))).toEqual([]),
      20_000,
    );
    // A stream that is stopped on purpose has not failed.
    expect([faults, restarts]).toEqual([[], 0]);
  });

  it('keeps the old one where the new one cannot start, without a fault', async () => {
    await fake.write({ stream: `[ $ms = 40 ] && { echo "No devices were found"; exit 6; }; ${forever(row)}` });
    streaming.want(every(50));
    await sampled(50, 2);
    streaming.want(every(40));
    await vi.waitFor(() => expect(restarts).toBeGreaterThan(1), 20_000);
    await sampled(50, ticks.length + 2);
    expect(faults).toEqual([]);
    streaming.want(every(50));
    const before = (await asked()).length;
    await sampled(50, ticks.length + 3);
    expect((await asked()).length).toBe(before);
  });

  it('lacks no GPU whose row arrives later than the others', async () => {
    const second = fakeRow(streamFields).replace('0, GPU-0', '1, GPU-1');
    await fake.write({ stream: `while :; do echo "${row}"; sleep 0.3; echo "${second}"; sleep $period; done` });
    streaming.want(every(50));
    const complete = () => ticks.filter(({ gpus }) => gpus.length === 2).length;
    await vi.waitFor(() => expect(complete()).toBeGreaterThan(1), 20_000);
    const before = ticks.length;
    streaming.want(every(40));
    await sampled(40, 2);
    expect(ticks.slice(before).map(({ gpus }) => gpus.length)).toEqual(ticks.slice(before).map(() => 2));
  });

  it('is never one of three, however often the plan changes', async () => {
    // Each one takes long to exit, and two never print.
    await fake.write({ stream: `trap "" TERM; [ $ms = 50 ] || sleep 1000; ${forever(row)}` });
    streaming.want(every(50));
    await sampled(50, 1);
    let most = 0;
    for (const periodMs of [60, 70, 80, 90, 50, 60, 70]) {
      streaming.want(every(periodMs));
      await sampled(50, ticks.length + 1);
      const groups = (await fake.alive())
        .filter((line) => line.includes('-lms'))
        .map((line) => Number.parseInt(line, 10));
      most = Math.max(most, new Set(groups).size);
    }
    expect(most).toBe(2);
  });
});

describe('an unwanted stream', () => {
  it('starts nothing: neither a stream nor the help', async () => {
    await fake.write({ stream: forever(row) });
    streaming.want(every(50));
    await sampled(50, 2);
    streaming.want(null);
    await vi.waitFor(async () => expect(await fake.alive()).toEqual([]), 20_000);
    const before = [ticks.length, (await fake.calls()).length];
    streaming.restart();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([ticks.length, (await fake.calls()).length]).toEqual(before);
    streaming.want(every(50));
    await sampled(50, (before[0] ?? 0) + 1);
    expect([faults, restarts]).toEqual([[], 0]);
  });

  it('queries only GPUs that are not suspended', async () => {
    await fake.write({ stream: forever(row) });
    streaming.want({ periodMs: 50, buses: ['0000:01:00.0', '0000:02:00.0'] });
    await sampled(50, 1);
    expect((await fake.streams())[0]).toMatch(/ -lms 50 -i 0000:01:00\.0,0000:02:00\.0$/);
    streaming.want(every(50));
    await vi.waitFor(async () => expect((await fake.streams())[1]).toMatch(/ -lms 50$/), 20_000);
  });
});

describe('after the machine has slept', () => {
  it('everything restarts at once, also during a delay', async () => {
    // A hanging stream: only the watchdog would notice, and much later.
    const used = 60;
    const line = fakeRow(streamFields, String(used));
    await fake.write({ stream: `[ -e "$here/again" ] || { echo "${line}"; sleep 1000; }; ${forever(line)}` });
    streaming.want(every(60_000));
    await sampled(used, 1);
    await writeFile(join(fake.folder, 'again'), '');
    streaming.restart();
    await sampled(used, 2);
    expect([faults, restarts]).toEqual([[], 1]);
    await vi.waitFor(
      async () => expect((await fake.alive()).filter((line) => line.includes('sleep 1000'))).toEqual([]),
      20_000,
    );
  });
});
