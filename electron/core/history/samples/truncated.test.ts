import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRingFile } from './ring-file.ts';
import { HEADER_BYTES, type Layout, layoutOf } from './tiers.ts';

let folder: string;
let problems: unknown[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-cut-'));
  problems = [];
});
afterEach(() => rm(folder, { recursive: true }));

const layout: Layout = { ...layoutOf('GPU-0', 'raw'), metrics: ['a'], held: 6, capacity: 10, recordBytes: 24 };
const tell = (notice: unknown) => void problems.push(notice);

async function timesIn(ring: ReturnType<typeof createRingFile>) {
  await ring.opened();
  const found: number[] = [];
  await ring.visit(0, Number.MAX_SAFE_INTEGER, (time) => found.push(time));
  return found.sort((a, b) => a - b);
}

/** A file of so many records, wrapped above ten; record n has time n. */
async function written(file: string, count: number) {
  const ring = createRingFile(file, layout, tell);
  await ring.opened();
  for (let time = 1; time <= count; time += 1) {
    ring.add(time, 1, Float32Array.of(time));
    await ring.flush();
  }
  await ring.close();
  return readFile(file);
}

const isWhole = (sequence: number, bytes: number) =>
  HEADER_BYTES + (((sequence - 1) % layout.capacity) + 1) * layout.recordBytes <= bytes;

describe('a file of the history', () => {
  it('that is truncated at any byte keeps every complete record, and continues', async () => {
    let round = 0;
    const shape = fc.record({
      count: fc.integer({ min: 1, max: 25 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ count, share }) => {
        problems = [];
        round += 1;
        const file = join(folder, `${round}.raw`);
        const bytes = await written(file, count);
        const cut = Math.floor(share * bytes.length);
        await writeFile(file, bytes.subarray(0, cut));
        const there = Array.from({ length: count }, (_, i) => i + 1).filter(
          (one) => one + layout.capacity > count && cut >= HEADER_BYTES && isWhole(one, cut),
        );
        const head = Math.max(0, ...there);
        const kept = there.filter((one) => one + layout.held > head);

        const ring = createRingFile(file, layout, tell);
        expect(await timesIn(ring)).toEqual(kept);
        expect(problems.length).toBe(cut > 0 && cut < HEADER_BYTES ? 1 : 0);
        ring.add(1_000, 1, Float32Array.of(1));
        await ring.flush();
        await ring.close();
        const again = createRingFile(file, layout, tell);
        expect(await timesIn(again)).toEqual([...kept.filter((one) => one + layout.held > head + 1), 1_000]);
        await again.close();
      }),
      { numRuns: 150 },
    );
  });

  it('with any byte changed loses that record, or is renamed', async () => {
    const file = join(folder, 'x.raw');
    const bytes = await written(file, 5);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const other = Buffer.from(bytes);
        other[place] = (other[place] as number) ^ change;
        await writeFile(file, other);
        problems = [];
        const ring = createRingFile(file, layout, tell);
        const lost = Math.floor((place - HEADER_BYTES) / layout.recordBytes) + 1;
        expect(await timesIn(ring)).toEqual(place < HEADER_BYTES ? [] : [1, 2, 3, 4, 5].filter((one) => one !== lost));
        expect(problems.length).toBe(place < HEADER_BYTES ? 1 : 0);
        await ring.close();
      }),
      { numRuns: 150 },
    );
  });
});
