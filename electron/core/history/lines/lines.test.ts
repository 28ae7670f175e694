import { appendFile, type FileHandle, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GpuProcess, TimelineEvent } from '#contract';
import { gpuProcess } from '#samples';
import { createProcessHistory, PROCESS_FILE_BYTES } from '../processes/process-history.ts';
import { createEventHistory } from './event-history.ts';
import { createLinesFile } from './lines-file.ts';

const NOW = Date.UTC(2026, 10, 26, 20);
const MINUTE = 60_000;

let folder: string;
let file: string;
let problems: unknown[];
const trouble = (error: unknown) => void problems.push(error);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-kept-'));
  file = join(folder, 'history', 'lines.jsonl');
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

const linesOf = async (from: ReturnType<typeof createLinesFile>) => {
  const all: string[] = [];
  for await (const piece of from.lines()) all.push(...piece);
  return all;
};

describe('a file of lines', () => {
  it('keeps the newest complete lines within twice its size, across restarts', async () => {
    const steps = fc.array(fc.oneof(fc.string({ maxLength: 30, unit: 'binary' }), fc.constant(null)), {
      maxLength: 40,
    });
    let round = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (todo) => {
        round += 1;
        const own = join(folder, `${round}`);
        let lines = createLinesFile(own, 200, trouble);
        const written: string[] = [];
        for (const step of todo) {
          if (step === null) {
            await lines.written();
            lines = createLinesFile(own, 200, trouble);
          } else {
            const line = JSON.stringify(step);
            lines.append(line);
            written.push(line);
          }
        }
        await lines.written();
        const kept = await linesOf(lines);
        expect(kept).toEqual(kept.length === 0 ? [] : written.slice(-kept.length));
        const bytes = written.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
        if (bytes <= 200) expect(kept).toHaveLength(written.length);
        for (const name of [own, `${own}.1`])
          expect(
            await stat(name).then(
              (s) => s.size,
              () => 0,
            ),
          ).toBeLessThanOrEqual(200);
      }),
      { numRuns: 20 },
    );
    expect(problems).toEqual([]);
  });

  it('stays within its bound for larger batches', async () => {
    const lines = createLinesFile(file, 200, trouble);
    for (let i = 0; i < 30; i += 1) lines.append(`${100 + i} ${'x'.repeat(16)}`);
    await lines.written();
    const sizes = await Promise.all([file, `${file}.1`].map(async (one) => (await stat(one)).size));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
    expect((await linesOf(lines)).at(-1)).toMatch(/^129 /);
  });

  it('keeps lines while the disk fails, and writes them later', async () => {
    await writeFile(join(folder, 'history'), 'a file in the place of the folder');
    const lines = createLinesFile(file, 1_000, trouble);
    for (const line of ['a', 'b']) lines.append(line);
    expect(await linesOf(lines)).toEqual(['a', 'b']);
    expect(problems.length).toBeGreaterThan(0);
    await rm(join(folder, 'history'));
    lines.append('c');
    await lines.written();
    expect(await readFile(file, 'utf8')).toBe('a\nb\nc\n');
  });
});

describe('a file of lines on a full disk, or by another writer', () => {
  it('holds each line once after a partial write', async () => {
    const lines = createLinesFile(file, 1_000, trouble);
    lines.append('a');
    await lines.written();
    const probe = await open(file, 'r');
    const prototype = Object.getPrototypeOf(probe) as FileHandle;
    await probe.close();
    const full = vi.spyOn(prototype, 'appendFile').mockImplementation(async function (this: FileHandle) {
      await this.write('b\nc');
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    });
    for (const line of ['b', 'ccc']) lines.append(line);
    await lines.written();
    expect(full).toHaveBeenCalled();
    full.mockRestore();
    expect(await linesOf(lines)).toEqual(['a', 'b', 'ccc']);
    await lines.written();
    expect(await readFile(file, 'utf8')).toBe('a\nb\nccc\n');
  });

  it('is read no further than its bound', async () => {
    const lines = createLinesFile(file, 1_000, trouble);
    lines.append('a');
    await lines.written();
    await writeFile(`${file}.1`, `${'far\n'.repeat(1_000)}${'x'.repeat(994)}\nnear\n`);
    expect((await linesOf(lines)).map((line) => line.slice(0, 4))).toEqual(['xxxx', 'near', 'a']);
  });
});

describe('events', () => {
  const event = (time: number, text: string): TimelineEvent => ({ time, kind: 'ready', text });

  it('survive a restart, without the line that a kill truncated', async () => {
    const first = createEventHistory(file, trouble);
    for (const [i, text] of ['one', 'two', 'drei "ü"'].entries()) first.add({ ...event(NOW + i, text), gpuUuid: null });
    await first.written();
    await appendFile(file, '{"time":1795723200003,"kind":"rea');
    const second = createEventHistory(file, trouble);
    second.add({ time: NOW + 4, kind: 'alert', text: 'five', gpuUuid: 'GPU-0', ref: 'a1' });
    const all = await second.within({ from: NOW, to: NOW + 5 });
    expect(all.map(({ text }) => text)).toEqual(['one', 'two', 'drei "ü"', 'five']);
    expect(all.at(-1)).toEqual({ time: NOW + 4, kind: 'alert', text: 'five', gpuUuid: 'GPU-0', ref: 'a1' });
    expect(await second.within({ from: NOW + 1, to: NOW + 2 })).toEqual(
      [event(NOW + 1, 'two')].map((one) => ({ ...one, gpuUuid: null })),
    );
  });

  it('outside of the contract are skipped, and of many the newest are returned', async () => {
    const events = createEventHistory(file, trouble);
    await events.written();
    for (let i = 0; i < 1_200; i += 1) events.add(event(NOW + i, `${i}`));
    await events.written();
    await appendFile(file, `{"time":${NOW + 5_000},"kind":"party","text":"x"}\nnull\n`);
    const all = await events.within({ from: NOW, to: NOW + MINUTE });
    expect([all.length, all[0]?.text, all.at(-1)?.text]).toEqual([1_000, '200', '1199']);
  });
});

describe('processes over time', () => {
  const some = (pid: number, usedMiB: number | null, more: Partial<GpuProcess> = {}) =>
    gpuProcess({ pid, startTime: pid * 10, usedMiB, ...more });
  const window = (from: number, to: number, width: number) => ({ gpuUuid: 'GPU-0', from, to, width });

  it('are carried forward until they exit, with their maximum per column', async () => {
    const kept = createProcessHistory(file, trouble);
    for (let s = 0; s < 60; s += 3) {
      const list = [some(1, s === 15 ? 9_000 : 1_000, { name: 'spike' })];
      if (s >= 30) list.push(some(2, 50));
      if (s < 45) list.push(some(3, 20, { gpuUuid: 'GPU-1' }), some(4, null));
      kept.add(NOW + s * 1_000, list);
    }
    const { columnMs, list } = await kept.window(window(NOW, NOW + MINUTE, 6));
    expect(columnMs).toBe(10_000);
    expect(list.map(({ pid, startTime, at, maxMiB }) => ({ pid, startTime, at, maxMiB }))).toEqual([
      { pid: 1, startTime: 10, at: [0, 1, 2, 3, 4, 5], maxMiB: [1_000, 9_000, 1_000, 1_000, 1_000, 1_000] },
      { pid: 2, startTime: 20, at: [3, 4, 5], maxMiB: [50, 50, 50] },
    ]);
  });

  it('end at a gap, also in a window that begins within it', async () => {
    const first = createProcessHistory(file, trouble);
    for (let s = 0; s <= 300; s += 3) first.add(NOW + s * 1_000, [some(1, 100)]);
    first.end();
    await first.written();
    const second = createProcessHistory(file, trouble);
    for (let s = 600; s <= 660; s += 3) second.add(NOW + s * 1_000, [some(1, 100)]);
    const at = async (from: number, to: number) =>
      (await second.window(window(NOW + from * MINUTE, NOW + to * MINUTE, to - from))).list[0]?.at;
    expect(await at(0, 12)).toEqual([0, 1, 2, 3, 4, 5, 10, 11]);
    expect(await at(3, 5)).toEqual([0, 1]);
    expect(await at(6, 9)).toBeUndefined();
  });

  it('take a line only after a change, and one now and then without changes', async () => {
    const kept = createProcessHistory(file, trouble);
    const hour = 1_200;
    // Changes within one per cent are not written; small steps in one direction add up.
    for (let i = 0; i < hour; i += 1) kept.add(NOW + i * 3_000, [some(1, 700 + (i % 2)), some(2, 10_000 + i / 10)]);
    await kept.written();
    const lines = (await readFile(file, 'utf8')).trim().split('\n');
    expect(lines.length).toBeLessThan(12 + 120 + 15);
    const { list } = await kept.window(window(NOW, NOW + hour * 3_000, 60));
    const grown = list.find(({ pid }) => pid === 2)?.maxMiB ?? [];
    expect(Math.abs((grown.at(-1) ?? 0) - 10_120)).toBeLessThanOrEqual(9);
    expect(grown).toHaveLength(60);
  });

  it('are returned from before and after a clock that was set back', async () => {
    const kept = createProcessHistory(file, trouble);
    for (const start of [NOW + 10 * MINUTE, NOW])
      for (let s = 0; s < 60; s += 3) kept.add(start + s * 1_000, [some(1, 100)]);
    const { list } = await kept.window(window(NOW, NOW + 12 * MINUTE, 12));
    expect(list[0]?.at).toEqual([0, 10]);
  });

  it('on several instances of one GPU are added up; the sixteen largest are returned', async () => {
    const kept = createProcessHistory(file, trouble);
    const many = Array.from({ length: 20 }, (_, i) => some(100 + i, i));
    kept.add(NOW, [some(1, 100, { migUuid: 'MIG-a' }), some(1, 50, { migUuid: 'MIG-b' }), ...many]);
    const { list } = await kept.window(window(NOW - 1, NOW + 1, 2));
    expect([list.length, list[0]?.maxMiB, list.at(-1)?.pid]).toEqual([16, [150], 105]);
  });

  it('stay within their bound, and are readable from a truncated older file', async () => {
    const kept = createProcessHistory(file, trouble);
    const name = 'x'.repeat(30_000);
    const rounds = 900;
    for (let i = 0; i < rounds; i += 1) {
      kept.add(NOW + i * 3_000, [some(1, 100), some(1_000 + i, 5, { name })]);
      if (i % 100 === 0) await kept.written();
    }
    await kept.written();
    const sizes = await Promise.all([file, `${file}.1`].map(async (one) => (await stat(one)).size));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(PROCESS_FILE_BYTES);
    const end = NOW + rounds * 3_000;
    const { list } = await kept.window(window(end - MINUTE, end, 10));
    expect(list.find(({ pid }) => pid === 1)?.at).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
