import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, settingNames, settingsSchema } from '#contract';
import { createSettingsStore } from './settings-store.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-settings-'));
  file = join(folder, 'settings.json');
});
afterEach(() => rm(folder, { recursive: true }));

const open = () => createSettingsStore({ file, env: {} });
const onDisk = async () => JSON.parse(await readFile(file, 'utf8'));

describe('the settings store', () => {
  it('saves what was changed, and nothing that was not', async () => {
    const store = await open();
    expect([store.desired(), store.notice()]).toEqual([defaultSettings, null]);
    await Promise.all([store.change({ LBS_GPU_MEMORY_LIMIT: 0.8 }), store.change({ LBS_TORCH_DTYPE: 'bfloat16' })]);
    const saved = { LBS_GPU_MEMORY_LIMIT: 0.8, LBS_TORCH_DTYPE: 'bfloat16' };
    // A default that was never chosen stays free to change with a later Headroom.
    expect(await onDisk()).toEqual({ settings: saved });
    expect((await open()).desired()).toEqual({ ...defaultSettings, ...saved });
  });

  it('refuses what the contract refuses, whole and in its words', async () => {
    const store = await open();
    await store.change({ LBS_GPU_MEMORY_LIMIT: 0.5 });
    for (const limit of [1.01, -0.1, 80, Number.NaN]) {
      const change = store.change({ LBS_USE_MODEL_CACHE: false, LBS_GPU_MEMORY_LIMIT: limit });
      await expect(change).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('limit') });
    }
    const nul = store.change({ LBS_DB_PATH: 'a\0b' });
    await expect(nul).rejects.toMatchObject({ code: 'invalid_input', message: expect.stringContaining('LBS_DB_PATH') });
    expect(store.desired()).toEqual({ ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.5 });
    expect((await onDisk()).settings).toEqual({ LBS_GPU_MEMORY_LIMIT: 0.5 });
  });

  it('keeps what a newer Headroom wrote', async () => {
    await writeFile(file, JSON.stringify({ version: 9, settings: { LBS_PORT: 7, LBS_NEW: 'x' } }));
    const store = await open();
    await store.change({ LBS_PORT: 8 });
    expect([store.notice(), await onDisk()]).toEqual([null, { version: 9, settings: { LBS_PORT: 8, LBS_NEW: 'x' } }]);
  });

  it('renames a damaged file, and keeps every valid value of it', async () => {
    const damaged = { settings: { LBS_PORT: 7, LBS_GPU_MEMORY_LIMIT: 80, constructor: 1, LBS_NEW: 'x' } };
    await writeFile(file, JSON.stringify(damaged));
    const store = await open();
    expect(store.desired()).toEqual({ ...defaultSettings, LBS_PORT: 7 });
    expect(store.notice()).toMatchObject({ level: 'warning', code: 'file_damaged' });
    const renamed = (await readdir(folder)).find((name) => name.includes('.damaged-')) ?? '';
    expect(store.notice()?.sentence.text).toContain(renamed);
    expect(JSON.parse(await readFile(join(folder, renamed), 'utf8'))).toEqual(damaged);
    expect((await open()).desired().LBS_PORT).toBe(7);
  });

  it('opens any file, loses nothing of it, and can save again', async () => {
    const shaped = fc.record({
      settings: fc.dictionary(fc.constantFrom(...settingNames, '__proto__', 'toString'), fc.jsonValue()),
    });
    const garbage = fc.oneof(
      fc.string(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      shaped.map((value) => JSON.stringify(value)),
      shaped.map((value) => JSON.stringify(value).slice(0, -3)),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (text) => {
        for (const name of await readdir(folder)) await rm(join(folder, name));
        await writeFile(file, text);
        const store = await open();
        expect(settingsSchema.safeParse(store.desired()).success).toBe(true);
        const before = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name), 'utf8')));
        expect(before).toContain(text);
        await store.change({ LBS_PORT: 4321 });
        expect((await open()).desired().LBS_PORT).toBe(4321);
      }),
      { numRuns: 60 },
    );
  });

  it('leaves alone what it cannot read, and says so instead of writing', async () => {
    // A folder in the file's place: unreadable for root, too.
    const store = await createSettingsStore({ file: folder, env: {} });
    expect(store.desired()).toEqual(defaultSettings);
    expect(store.notice()).toMatchObject({ level: 'error', code: 'file_unreadable' });
    await expect(store.change({ LBS_PORT: 1 })).rejects.toMatchObject({ code: 'refused' });
    expect(await readdir(folder)).toEqual([]);
  });
});
