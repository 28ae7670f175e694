import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRingFile, type Provisional } from './ring-file.ts';
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

/** As the real ones, but round after a few records. */
const layout: Layout = { ...layoutOf('GPU-0', 'raw'), metrics: ['a'], held: 6, capacity: 10, recordBytes: 24 };
const tell = (notice: unknown) => void problems.push(notice);
const record = (time: number): Provisional => ({ time, count: 1, figures: Float32Array.of(time % 1_000) });

async function timesIn(ring: ReturnType<typeof createRingFile>, from = 0, to = Number.MAX_SAFE_INTEGER) {
  await ring.opened();
  const found: number[] = [];
  await ring.visit(from, to, (time, count, figures, base) => {
    expect([count, figures[base]]).toEqual([1, time % 1_000]);
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
  it('holds the newest of what was written and all that waits, whatever the order of writes, failures and kills', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('add' as const), count: fc.integer({ min: 1, max: 9 }) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('flush' as const), open: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), open: fc.boolean() }) },
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
        /** On the disk only, until the next write. */
        let provisional: number[] = [];
        let time = 1_000;
        const flush = async (isOpen: boolean) => {
          time += 1;
          const last = time;
          await ring.flush(() => (isOpen ? record(last) : null));
          disk = [...disk, ...memory];
          memory = [];
          provisional = isOpen ? [last] : [];
        };
        for (const todo of steps) {
          if (todo.kind === 'add') {
            // More than a ring's length never waits.
            if (memory.length + todo.count >= layout.capacity) await flush(false);
            for (let i = 0; i < todo.count; i += 1) {
              time += 1;
              ring.add(time, 1, record(time).figures);
              memory.push(time);
            }
          } else if (todo.kind === 'flush') {
            // Without anything new, what was provisional stays.
            const kept = !todo.open && memory.length === 0 ? provisional : null;
            await flush(todo.open);
            provisional = kept ?? provisional;
          } else if (todo.kind === 'fail') {
            await ring.opened();
            if (memory.length === 0) continue;
            const full = await fillDisk();
            await expect(ring.flush(() => (todo.open ? record(1) : null))).rejects.toMatchObject({ code: 'ENOSPC' });
            full.mockRestore();
            // Half written, its place is nobody's.
            provisional = [];
          } else {
            await ring.close();
            ring = createRingFile(file, layout, tell);
            disk = [...disk, ...provisional];
            provisional = [];
            memory = [];
          }
          const expected = [...disk.slice(-layout.held), ...memory];
          expect(await timesIn(ring)).toEqual(expected);
          expect(ring.oldest()).toBe(expected[0] ?? null);
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
    for (let time = 1; time <= 4; time += 1) ring.add(time, 1, record(time).figures);
    const flushed = ring.flush(() => record(5));
    ring.add(5, 1, record(5).figures);
    const during = timesIn(ring);
    await flushed;
    expect([await during, await timesIn(ring)]).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4, 5],
    ]);
    await ring.close();
  });

  it('leaves out what was damaged in the middle, and tells of more than one torn write', async () => {
    const file = join(folder, 'x.raw');
    const long: Layout = { ...layout, held: 90, capacity: 100 };
    const ring = createRingFile(file, long, tell);
    for (let time = 1; time <= 60; time += 1) ring.add(time, 1, record(time).figures);
    await ring.flush(() => null);
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
      { code: 'history_damaged', message: expect.stringContaining('20 records of x.raw') },
    ]);
    await again.close();
  });
});
