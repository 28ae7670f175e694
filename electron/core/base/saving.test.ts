import fs, { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { Sentence } from '#contract';
import { createJsonStore } from './json-store.ts';
import { createSaving, type Saving } from './saving.ts';

vi.mock('node:fs/promises', { spy: true });

let home: string;
let saving: Saving;
let problems: (string | null)[];
/** The error of every file that is opened for writing; null: the disk takes them. */
let refusal: string | null;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-saving-'));
  problems = [];
  refusal = null;
  const { open } = await vi.importActual<typeof fs>('node:fs/promises');
  vi.mocked(fs.open).mockImplementation(async (...args) => {
    if (refusal && args[1] !== 'r') throw Object.assign(new Error(refusal), { code: refusal });
    return open(...args);
  });
});
afterEach(async () => {
  saving.stop();
  vi.restoreAllMocks();
  await rm(home, { recursive: true });
});

const onChange = (problem: Sentence | null) => problems.push(problem?.code ?? null);
const start = async () => {
  saving = await createSaving({ folder: home, onChange, retryMs: 20 });
};
const store = (name: string) => createJsonStore({ file: join(home, name), schema: z.number(), fallback: 0, saving });

it.each([
  ['ENOSPC', 'base.nothingSavedFull'],
  ['EDQUOT', 'base.nothingSavedFull'],
  ['EACCES', 'base.nothingSavedDenied'],
  ['EROFS', 'base.nothingSavedDenied'],
])('after %s keeps changes in memory, and saves them when the disk takes them', async (code, problem) => {
  refusal = code;
  await start();
  expect(problems).toEqual([problem]);
  const [one, other] = [await store('settings.json'), await store('panel.json')];
  await one.update(() => 1);
  await one.update((value) => value + 1);
  await other.update(() => 7);
  expect([one.value(), other.value(), await readdir(home)]).toEqual([2, 7, []]);
  refusal = null;
  await vi.waitFor(() => expect(problems).toEqual([problem, null]));
  expect([
    await readFile(join(home, 'settings.json'), 'utf8'),
    await readFile(join(home, 'panel.json'), 'utf8'),
  ]).toEqual(['2\n', '7\n']);
  await one.update(() => 3);
  expect((await readdir(home)).sort()).toEqual(['panel.json', 'settings.json']);
});

it('notices a disk that fills up later, and leaves other failures to the caller', async () => {
  await start();
  const one = await store('settings.json');
  refusal = 'EIO';
  await expect(one.update(() => 1)).rejects.toMatchObject({ code: 'refused' });
  expect([one.value(), problems]).toEqual([0, []]);
  refusal = 'ENOSPC';
  await one.update(() => 2);
  expect([one.value(), problems]).toEqual([2, ['base.nothingSavedFull']]);
});

it('counts as saving again only when nothing waits any more', async () => {
  await start();
  const one = await store('settings.json');
  refusal = 'ENOSPC';
  await one.update(() => 1);
  refusal = null;
  // Room for the probe, but not for the file.
  vi.mocked(fs.rename).mockRejectedValue(Object.assign(new Error('ENOSPC'), { code: 'ENOSPC' }));
  expect(await saving.check()).toMatchObject({ code: 'base.nothingSavedFull' });
  expect(problems).toEqual(['base.nothingSavedFull']);
  vi.mocked(fs.rename).mockRestore();
  await vi.waitFor(() => expect(problems.at(-1)).toBeNull());
  expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe('1\n');
});

it('never writes over a file that it could not read', async () => {
  refusal = 'EACCES';
  await start();
  await writeFile(join(home, 'settings.json'), '5');
  vi.mocked(fs.readFile).mockRejectedValueOnce(Object.assign(new Error('EACCES'), { code: 'EACCES' }));
  const one = await store('settings.json');
  await one.update(() => 1);
  expect(one.value()).toBe(1);
  refusal = null;
  await vi.waitFor(() => expect(problems.at(-1)).toBeNull());
  expect(await readFile(join(home, 'settings.json'), 'utf8')).toBe('5');
  await expect(one.update(() => 2)).rejects.toMatchObject({ code: 'refused' });
});
