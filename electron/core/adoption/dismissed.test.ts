import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openDismissedServers } from './dismissed.ts';

let file: string;
beforeEach(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'headroom-dismissed-')), 'adoption.json');
});
afterEach(() => rm(join(file, '..'), { recursive: true }));

it('is remembered by process until it is shown again', async () => {
  const first = await openDismissedServers(file);
  await first.replace([{ pid: 7, startTime: 70 }]);
  const later = await openDismissedServers(file);
  expect(
    [
      { pid: 7, startTime: 70 },
      { pid: 7, startTime: 71 },
      { pid: 8, startTime: 70 },
    ].map(later.has),
  ).toEqual([true, false, false]);
  await later.replace([]);
  expect((await openDismissedServers(file)).has({ pid: 7, startTime: 70 })).toBe(false);
});

it('is empty where the file is damaged', async () => {
  await writeFile(file, '{"dismissed": [');
  expect((await openDismissedServers(file)).has({ pid: 7, startTime: 70 })).toBe(false);
});
