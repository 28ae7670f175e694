import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { mkdir, open, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gpuSeries, HOST } from '#contract';
import { gpuProcess, gpuSample, tickOf } from '#samples';
import { createHistory, HISTORY_BYTES, MAX_GPUS } from './index.ts';
import { EVENT_FILE_BYTES } from './lines/event-history.ts';
import { PROCESS_FILE_BYTES } from './processes/process-history.ts';
import { HEADER_BYTES, type Layout, layoutOf, tierNames } from './samples/tiers.ts';
import { fill, HOUR, historyWorld, NOW, used, windowOver } from './testing.ts';

let world: Awaited<ReturnType<typeof historyWorld>>;
beforeEach(async () => {
  world = await historyWorld();
});
afterEach(() => world.remove());

describe('the history', () => {
  it('survives a restart in every tier, although buckets were split', async () => {
    const first = await world.open();
    for (let i = 0; i < 6; i += 1) first.addTick(used(NOW + i * 1_000, i, { throttle: 0b11 }));
    await first.stop();
    const second = await world.open();
    for (let i = 6; i < 10; i += 1) second.addTick(used(NOW + i * 1_000, i, { throttle: 0b10 }));
    await second.flush();
    for (const history of [second, await world.open()]) {
      for (const [width, tier] of [
        [1_000, 'raw'],
        [100, '10s'],
        [10, '1m'],
      ] as const) {
        const answer = await history.window(windowOver({ metrics: ['memoryUsedMiB', 'throttle'], width }));
        expect(answer.tier).toBe(tier);
        const { min, max, mean } = answer.metrics.memoryUsedMiB ?? { min: [], max: [], mean: [] };
        if (tier !== 'raw') expect([min, max, mean]).toEqual([[0], [9], [4.5]]);
        else expect(mean).toEqual([1.5, 5.5, 8.5]);
        if (tier !== 'raw') expect(answer.metrics.throttle).toEqual({ min: [0b10], max: [0b11], mean: [null] });
      }
    }
  });

  it('knows what each process held when it last ran', async () => {
    const first = await world.open();
    expect(first.lastKnown).toEqual(new Map());
    const [a, b, c, unknown] = [1, 2, 3, 4].map((pid) =>
      gpuProcess({ pid, startTime: pid === 4 ? null : pid, usedMiB: 100 }),
    );
    first.addProcesses(
      NOW,
      [a, b, c, unknown].flatMap((one) => one ?? []),
    );
    first.addProcesses(
      NOW + 1_000,
      [{ ...gpuProcess(a), usedMiB: 900 }, b, unknown].flatMap((one) => one ?? []),
    );
    await first.stop();
    const { lastKnown } = await world.open();
    const key = (pid: number) => `${a?.gpuUuid} ${pid} ${pid}`;
    const time = NOW + 1_000;
    expect(lastKnown).toEqual(
      new Map([
        [key(1), { usedMiB: 900, time }],
        [key(2), { usedMiB: 100, time }],
      ]),
    );
  });

  it('stays when the clock is set back, and continues', async () => {
    const history = await world.open();
    for (const time of [NOW + HOUR, NOW + HOUR + 500, NOW, NOW + 500]) history.addTick(used(time, 5));
    await history.stop();
    const again = await world.open();
    for (const width of [1_000, 100, 10]) {
      const answer = await again.window(windowOver({ to: NOW + 2 * HOUR, width }));
      expect([answer.oldest, answer.at]).toEqual([NOW, [0, width / 2]]);
    }
  });

  it.each([
    ['foreign bytes', (file: string) => writeFile(file, 'not ours'.repeat(1_000)), 'renamed to'],
    ['a header that is cut off', (file: string) => truncate(file, 20), 'renamed to'],
    ['too much', (file: string) => truncate(file, 50 * 2 ** 20), 'is longer than allowed'],
  ])('that is damaged by %s is renamed with a notice, and the rest stays', async (_, damage, sentence) => {
    const first = await world.open();
    // Two samples: in a closed bucket, and in one that is rebuilt from samples where they are readable.
    for (const time of [NOW, NOW + 10_000]) first.addTick(used(time, 7));
    await first.stop();
    await damage(join(world.folder, 'GPU-0.raw'));
    const second = await world.open();
    const [raw, tens] = [await second.window(windowOver()), await second.window(windowOver({ width: 100 }))];
    // The ten-second tier still has it, and reaches further back.
    expect([raw.metrics.memoryUsedMiB?.max, tens.metrics.memoryUsedMiB?.max]).toEqual([[7], [7]]);
    expect(world.notices).toMatchObject([
      { code: 'history_damaged', sentence: { text: expect.stringContaining(sentence) } },
    ]);
    const aside = (await readdir(world.folder)).filter((name) => name.includes('.damaged-'));
    expect(aside.map((name) => world.notices[0]?.sentence.text.includes(name))).toEqual([true]);
    second.addTick(used(NOW + 11_000, 8));
    await second.stop();
    expect((await (await world.open()).window(windowOver({ from: NOW + 10_500 }))).metrics.memoryUsedMiB?.max).toEqual([
      8,
    ]);
    expect(world.notices).toHaveLength(1);
  });

  it('loses only the record that a power failure truncated', async () => {
    const first = await world.open();
    for (let i = 0; i < 3; i += 1) first.addTick(used(NOW + i * 4_000, i));
    await first.stop();
    const file = join(world.folder, 'GPU-0.raw');
    await truncate(file, (await stat(file)).size - 10);
    const second = await world.open();
    expect((await second.window(windowOver())).metrics.memoryUsedMiB?.max).toEqual([0, 1]);
    second.addTick(used(NOW + 20_000, 9));
    await second.flush();
    expect((await (await world.open()).window(windowOver())).metrics.memoryUsedMiB?.max).toEqual([0, 1, 9]);
    expect(world.notices).toEqual([]);
  });

  it('stays in memory while the disk fails, with one notice, and is written later', async () => {
    await rm(world.folder, { recursive: true });
    await writeFile(world.folder, 'a file in the place of the world.folder');
    const history = await world.open({ retryMs: 0 });
    for (let i = 0; i < 3; i += 1) {
      history.addTick(used(NOW + i * 4_000, i));
      await history.flush();
    }
    expect((await history.window(windowOver())).metrics.memoryUsedMiB?.max).toEqual([0, 1, 2]);
    expect(world.notices).toMatchObject([{ code: 'history_not_kept' }]);
    await rm(world.folder);
    await history.flush();
    expect((await (await world.open()).window(windowOver())).metrics.memoryUsedMiB?.max).toEqual([0, 1, 2]);
  });

  it('of one GPU does not wait for the failing file of another', async () => {
    await mkdir(join(world.folder, 'GPU-0.raw'));
    const history = await world.open();
    const both = (time: number) =>
      history.addTick(
        tickOf(time, gpuSample({ memoryUsedMiB: 1 }), gpuSample({ uuid: 'GPU-1', index: 1, memoryUsedMiB: 2 })),
      );
    for (const time of [NOW, NOW + 500]) {
      both(time);
      await history.flush();
    }
    expect(world.notices).toMatchObject([{ code: 'history_not_kept' }]);
    // As after a SIGKILL: what is on disk so far.
    const answer = await (await world.open()).window(windowOver({ source: 'GPU-1', to: NOW + 1_000, width: 2 }));
    expect(answer.metrics.memoryUsedMiB?.max).toEqual([2, 2]);
    await rm(join(world.folder, 'GPU-0.raw'), { recursive: true });
  });

  it('does not delay the exit of the panel where a file stalls', async () => {
    const pipe = join(world.folder, 'events.jsonl');
    await promisify(execFile)('mkfifo', [pipe]);
    const history = await createHistory({ folder: world.folder, stopTimeoutMs: 50 });
    history.addTick(used(NOW, 7));
    // It has no reader: opening it for writing blocks.
    history.addEvent({ time: NOW, kind: 'ready', text: 'x' });
    await history.stop();
    const reader = await open(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    expect((await (await world.open()).window(windowOver())).metrics.memoryUsedMiB?.max).toEqual([7]);
    await history.flush();
    await reader.close();
  });

  it('is bounded in GPUs: the one without samples for longest is removed with its files', async () => {
    const history = await world.open();
    const seen = (i: number) => history.addTick(tickOf(NOW + i * 120_000, gpuSample({ uuid: `GPU-${i}` })));
    for (let i = 0; i < MAX_GPUS; i += 1) seen(i);
    await history.flush();
    seen(MAX_GPUS);
    await history.stop();
    const names = new Set((await readdir(world.folder)).map((name) => name.split('.')[0]));
    expect([names.has('GPU-0'), names.has('GPU-1'), names.has(`GPU-${MAX_GPUS}`)]).toEqual([false, true, true]);
    await expect(history.window(windowOver())).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('stays within its bound: a ring file that has wrapped does not grow', async () => {
    const size = ({ capacity, recordBytes }: Layout) => HEADER_BYTES + capacity * recordBytes;
    const sizesOf = (source: string) => tierNames.map((tier) => size(layoutOf(source, tier)));
    const all = [...Array(MAX_GPUS).fill('GPU-0'), HOST].flatMap(sizesOf).reduce((a, b) => a + b, 0);
    expect(HISTORY_BYTES).toBe(all + 2 * EVENT_FILE_BYTES + 2 * PROCESS_FILE_BYTES);
    expect(HISTORY_BYTES).toBeLessThan(256 * 2 ** 20);
    const history = await world.open();
    await fill(history, layoutOf('GPU-0', 'raw').capacity + 500, 500);
    await history.stop();
    expect((await stat(join(world.folder, 'GPU-0.raw'))).size).toBe(sizesOf('GPU-0')[0]);
    const answer = await (await world.open()).window(
      windowOver({ from: NOW + HOUR, to: NOW + 2 * HOUR, width: 2_000 }),
    );
    expect([answer.tier, answer.metrics.memoryUsedMiB?.max.at(-1)]).toEqual(['raw', 8_139]);
  });

  it('has every value of a sample', async () => {
    const history = await world.open();
    const values = Object.fromEntries(gpuSeries.map((name, i) => [name, i + 1.25]));
    const ours = { contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0, usedMiB: 17.5 };
    history.addTick(tickOf(NOW, gpuSample({ ...values, throttle: 5, ours, state: 'needs_reset' })));
    await history.stop();
    const again = await world.open();
    const half = gpuSeries.slice(0, 9);
    for (const metrics of [half, gpuSeries.slice(9)]) {
      const answer = await again.window(windowOver({ metrics: [...metrics] }));
      for (const name of metrics) {
        const value = { throttle: 5, oursMiB: 17.5, state: 2 }[name as string] ?? values[name];
        expect([name, answer.metrics[name]?.max]).toEqual([name, [value]]);
      }
    }
  });
});
