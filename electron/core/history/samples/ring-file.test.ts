import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRingFile } from './ring-file.ts';
import { HEADER_BYTES, type Layout, layoutOf } from './tiers.ts';

let folder: string;
let problems: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-ring-'));
  problems = [];
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** Like the real ones, but wraps after a few records. */
const layout: Layout = { ...layoutOf('GPU-0', 'raw'), metrics: ['a'], held: 6, capacity: 10, recordBytes: 24 };
const tell = (notice: unknown) => void problems.push(notice);
const figuresAt = (time: number) => Float32Array.of(time % 1_000);

async function timesIn(ring: ReturnType<typeof createRingFile>, from = 0, to = Number.MAX_SAFE_INTEGER) {
  await ring.opened();
  const found: number[] = [];
  await ring.visit(from, to, (time, count, values, base) => {
    expect([count, values[base]]).toEqual([1, time % 1_000]);
    found.push(time);
  });
  return found.sort((a, b) => a - b);
}

/** The next write takes a record without its checksum, and then the disk is full. */
async function fillDisk() {
  const probe = await open(join(folder, 'probe'), 'w');
  const prototype = Object.getPrototypeOf(probe) as FileHandle;
  await probe.close();
  const real = prototype.write;
  let calls = 0;
  return vi.spyOn(prototype, 'write').mockImplementation(async function (
    this: FileHandle,
    ...[bytes, , , at]: unknown[]
  ) {
    calls += 1;
    if (calls > 1) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    return Reflect.apply(real, this, [bytes, 0, layout.recordBytes - 4, at]);
  } as FileHandle['write']);
}

describe('a ring file', () => {
  it('holds the newest written and all waiting records, in any order of writes, failures and kills', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 9 }) }) },
      { weight: 3, arbitrary: fc.constant({ kind: 'flush' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'fail' as const }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'kill' as const }) },
    );
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        round += 1;
        const file = join(folder, `${round}.raw`);
        let ring = createRingFile(file, layout, tell);
        let disk: number[] = [];
        let memory: number[] = [];
        /** The number of records when the ring was opened. */
        let begun = 0;
        let time = 1_000;
        const flush = async () => {
          await ring.flush();
          disk = [...disk, ...memory];
          memory = [];
        };
        for (const todo of steps) {
          if (todo.kind === 'add') {
            // At most a ring's length waits.
            if (memory.length + todo.count >= layout.capacity) await flush();
            for (let i = 0; i < todo.count; i += 1) {
              time += 1;
              ring.add(time, 1, figuresAt(time));
              memory.push(time);
            }
          } else if (todo.kind === 'flush') await flush();
          else if (todo.kind === 'fail') {
            await ring.opened();
            if (memory.length === 0) continue;
            const full = await fillDisk();
            await expect(ring.flush()).rejects.toMatchObject({ code: 'ENOSPC' });
            full.mockRestore();
          } else {
            await ring.close();
            ring = createRingFile(file, layout, tell);
            begun = disk.length;
            memory = [];
          }
          const expected = [...disk.slice(-layout.held), ...memory];
          expect(await timesIn(ring)).toEqual(expected);
          expect(ring.oldest()).toBe(expected[0] ?? null);
          const earlier: number[] = [];
          await ring.earlier(0, (one) => earlier.push(one));
          expect(earlier).toEqual(disk.slice(0, begun).slice(Math.max(0, disk.length - layout.held)));
          expect(await timesIn(ring, time - 3, time)).toEqual(expected.filter((one) => one >= time - 3 && one < time));
        }
        await ring.close();
      }),
      { numRuns: 60 },
    );
    expect(problems).toEqual([]);
  });

  it('shows each record once while it is being written', async () => {
    const ring = createRingFile(join(folder, 'x.raw'), layout, tell);
    await ring.opened();
    for (let time = 1; time <= 4; time += 1) ring.add(time, 1, figuresAt(time));
    const flushed = ring.flush();
    ring.add(5, 1, figuresAt(5));
    const during = timesIn(ring);
    await flushed;
    expect([await during, await timesIn(ring)]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    await ring.close();
  });

  it('skips damaged records in the middle, and reports more than one truncated write', async () => {
    const file = join(folder, 'x.raw');
    const long: Layout = { ...layout, held: 90, capacity: 100 };
    const ring = createRingFile(file, long, tell);
    for (let time = 1; time <= 60; time += 1) ring.add(time, 1, figuresAt(time));
    await ring.flush();
    await ring.close();
    const handle = await open(file, 'r+');
    await handle.write(
      Buffer.alloc(20 * long.recordBytes, 7),
      0,
      20 * long.recordBytes,
      HEADER_BYTES + 10 * long.recordBytes,
    );
    await handle.close();
    const again = createRingFile(file, long, tell);
    expect(await timesIn(again)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1).filter((i) => i <= 10 || i > 30));
    expect(problems).toMatchObject([
      { code: 'history_damaged', sentence: { text: expect.stringContaining('20 records of x.raw') } },
    ]);
    await again.close();
  });
});
