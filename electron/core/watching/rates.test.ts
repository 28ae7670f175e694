import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commands, type Polling } from '#contract';
import type { Saving } from '../base/index.ts';
import { createRates } from './rates.ts';

let folder: string;
let changes: Polling[];
const saving = { problem: () => null, failed: () => false } as unknown as Saving;
const open = () =>
  createRates({ file: join(folder, 'polling.json'), saving, onChange: (rates) => changes.push(rates) });

beforeEach(async () => {
  changes = [];
  folder = await mkdtemp(join(tmpdir(), 'headroom-rates-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('keeps what was changed, one interval at a time', async () => {
  const rates = await open();
  await rates.change({ busy: 1_000 });
  await rates.change({ hidden: 2_000 });
  expect(changes.at(-1)).toEqual({ busy: 1_000, visible: 2_000, hidden: 2_000 });
  expect((await open()).now()).toEqual(changes.at(-1));
});

it('starts with the defaults where the file is damaged, and says so', async () => {
  await writeFile(join(folder, 'polling.json'), '{"busy": 5}');
  const rates = await open();
  expect(rates.now()).toEqual({ busy: 500, visible: 2_000, hidden: 5_000 });
  expect(rates.notice()?.code).toBe('file_damaged');
  await rates.change({ busy: 250 });
  expect(JSON.parse(await readFile(join(folder, 'polling.json'), 'utf8'))).toMatchObject({ busy: 250 });
});

it('refuses an interval that history could not draw', () => {
  const { input } = commands['polling.change'];
  expect(input.safeParse({ hidden: 6_000 }).success).toBe(false);
  expect(input.safeParse({ busy: 100 }).success).toBe(false);
  expect(input.safeParse({ busy: 250 }).data).toEqual({ busy: 250 });
});
