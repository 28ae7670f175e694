import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createRingFile } from './ring-file.ts';
import { earlierLayoutOf, HEADER_BYTES, type Layout, layoutOf, tierNames } from './tiers.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-migrate-'));
});
afterEach(() => rm(folder, { recursive: true }));

const notices: unknown[] = [];
const ring = (layout: Layout) => createRingFile(join(folder, layout.tier), layout, (notice) => notices.push(notice));
const valuesAt = (layout: Layout, time: number) =>
  Float32Array.from({ length: layout.metrics.length * layout.each }, (_, place) => time + place);

async function readAll(file: ReturnType<typeof ring>, layout: Layout) {
  const found = new Map<number, number[]>();
  await file.opened();
  await file.visit(0, 10 ** 9, (time, _, values, base) => {
    found.set(time, [...values.slice(base, base + layout.metrics.length * layout.each)]);
  });
  return found;
}

it.each(tierNames)('a file of %s from before the limit keeps its records, whose limit is unknown', async (tier) => {
  const layout = layoutOf('GPU-0', tier);
  const old = earlierLayoutOf(layout) as Layout;
  const before = ring(old);
  for (let time = 1; time <= 300; time += 1) before.add(time, 1, valuesAt(old, time));
  await before.flush();
  await before.close();
  const file = await open(join(folder, tier), 'r+');
  // The value of one record is damaged: it is not sound any more.
  await file.write(Buffer.from([1, 2, 3]), 0, 3, HEADER_BYTES + 4 * old.recordBytes + 30);
  await file.close();

  const now = ring(layout);
  await now.opened();
  now.add(301, 1, valuesAt(layout, 301));
  await now.flush();
  const records = await readAll(now, layout);
  await now.close();
  const limits = Array<number>(layout.each).fill(Number.NaN);
  expect(records.size).toBe(300);
  expect(records.has(5)).toBe(false);
  for (const [time, values] of records)
    expect(values).toEqual(time === 301 ? [...valuesAt(layout, 301)] : [...valuesAt(old, time), ...limits]);
  const again = ring(layout);
  expect(await readAll(again, layout)).toEqual(records);
  await again.close();
  expect(await readdir(folder)).toEqual([tier]);
  expect(notices).toEqual([]);
});
