import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultSettings, type ProfileFields, type Settings } from '#contract';
import type { Overrides } from '../settings/index.ts';
import { checkProfile } from './check.ts';
import { chooseProfile } from './choose.ts';
import { createProfiles } from './profiles.ts';
import { createStarts } from './starts.ts';

let folder: string;
let changes: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headroom-profiles-'));
  changes = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const env = { PATH: process.env.PATH };
const open = async () => {
  const profiles = await createProfiles({ file: join(folder, 'profiles.json'), env });
  profiles.onChange(() => {
    changes += 1;
  });
  return profiles;
};
const fields = (more: Partial<ProfileFields> = {}): ProfileFields => ({
  name: 'Mine',
  command: ['node', 'server.js', 'two words'],
  folder,
  env: { API_KEY: 'top-secret', N: '1' },
  healthUrl: 'http://127.0.0.1:9/',
  startSeconds: 600,
  stopSeconds: 10,
  ...more,
});

describe('the list of backends', () => {
  it('outlives a restart, with the chosen one, and its state holds no variable', async () => {
    const profiles = await open();
    const id = await profiles.save(fields());
    await profiles.choose(id);
    expect(changes).toBe(2);
    const again = await open();
    expect(again.chosen()).toEqual({ id, ...fields() });
    expect(again.state()).toEqual({ list: [{ id, name: 'Mine', healthUrl: 'http://127.0.0.1:9/' }], chosen: id });
    expect(again.secrets()).toEqual(['top-secret']);
  });

  it.runIf(process.platform !== 'win32')('is saved in a file for its owner only', async () => {
    await (await open()).save(fields());
    expect((await stat(join(folder, 'profiles.json'))).mode & 0o777).toBe(0o600);
  });

  it('changes one in place, and rejects a second one with its name', async () => {
    const profiles = await open();
    const first = await profiles.save(fields());
    const second = await profiles.save(fields({ name: 'Other' }));
    await profiles.save(fields({ stopSeconds: 5 }), first);
    expect(profiles.state().list.map((one) => one.id)).toEqual([first, second]);
    expect(profiles.get(first).stopSeconds).toBe(5);
    await expect(profiles.save(fields({ name: 'Mine' }), second)).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(profiles.save(fields(), 'gone')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses a folder that is not there, and to remove the chosen one', async () => {
    const profiles = await open();
    const nowhere = profiles.save(fields({ folder: join(folder, 'none') }));
    await expect(nowhere).rejects.toMatchObject({ message: expect.stringContaining('There is no folder') });
    const id = await profiles.save(fields());
    await profiles.choose(id);
    await expect(profiles.remove(id)).rejects.toMatchObject({ code: 'refused' });
    await profiles.choose(null);
    await profiles.remove(id);
    expect(profiles.state()).toEqual({ list: [], chosen: null });
    await expect(profiles.choose(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('keeps the valid entries of a damaged file, and renames it', async () => {
    const file = join(folder, 'profiles.json');
    const bad = { id: 'b', ...fields({ healthUrl: 'http://example.org/' }) };
    await writeFile(file, JSON.stringify({ list: [{ id: 'a', ...fields() }, bad, 7], chosen: 'a' }));
    const profiles = await open();
    expect(profiles.state()).toMatchObject({ list: [{ id: 'a' }], chosen: 'a' });
    expect(profiles.notice()?.sentence.text).toContain('damaged');
    expect(JSON.parse(await readFile(file, 'utf8')).list).toHaveLength(1);
  });

  it('reports the field of each problem', () => {
    expect(checkProfile(fields(), env)).toEqual([]);
    expect(checkProfile(fields({ command: ['no-such-program'] }), env)).toMatchObject([{ field: 'command' }]);
    expect(checkProfile(fields({ command: ['./server'] }), env)[0]?.sentence.text).toContain(` in ${folder}`);
    expect(checkProfile(fields({ folder: '/none/there' }), env)).toMatchObject([{ field: 'folder' }]);
    // Its own PATH counts, since the start has it.
    expect(checkProfile(fields({ env: { PATH: '/nowhere' } }), env)).toMatchObject([{ field: 'command' }]);
  });
});

describe('choosing a backend', () => {
  const choose = async (phase: 'ready' | 'stopped' | 'failed', busy: boolean, when?: 'now') => {
    const profiles = await open();
    const id = await profiles.save(fields());
    let restarts = 0;
    let dropped = 0;
    const dropDecision = () => {
      dropped += 1;
    };
    const backend = {
      phase: () => phase,
      restart: () => {
        // What was to happen after the run would be carried out when the backend exits.
        expect(dropped).toBe(1);
        restarts += 1;
      },
    };
    const done = chooseProfile(
      { profiles, ...backend, busy: () => busy, dropDecision },
      { id, ...(when ? { when } : {}) },
    );
    const error = await done.then(
      () => null,
      (failure) => failure.message,
    );
    expect(dropped).toBe(error === null ? 1 : 0);
    return { restarts, error, chosen: profiles.state().chosen === id };
  };

  it('restarts a running backend', async () => {
    expect(await choose('ready', false)).toEqual({ restarts: 1, error: null, chosen: true });
  });
  it('does not start a backend that the person stopped', async () => {
    expect(await choose('stopped', false)).toEqual({ restarts: 0, error: null, chosen: true });
  });
  it('starts the other one where this one has failed', async () => {
    expect(await choose('failed', false)).toMatchObject({ restarts: 1 });
  });
  it('never ends a run without being asked to', async () => {
    const refused = { restarts: 0, error: expect.stringContaining('in progress'), chosen: false };
    expect(await choose('ready', true)).toEqual(refused);
  });
  it('ends a run on request', async () => {
    expect(await choose('ready', true, 'now')).toEqual({ restarts: 1, error: null, chosen: true });
  });
});

describe('a start', () => {
  const start = (
    own: Record<string, string>,
    desired: Partial<Settings> = {},
    panel: Record<string, string> = {},
    command = fields().command,
  ) => {
    const overrides: Overrides = panel.LBS_TORCH_DTYPE ? { LBS_TORCH_DTYPE: panel.LBS_TORCH_DTYPE } : {};
    const made = createStarts({
      env: { PATH: '/bin', ...panel },
      settings: { desired: () => ({ ...defaultSettings, ...desired }), overrides: () => overrides },
      chosen: () => ({ id: 'a', ...fields({ env: own, command }) }),
      runFolder: join(folder, 'run'),
      guardian: { python: '/venv/bin/python', script: 'guardian.py' },
    }).next();
    if (!made) throw new Error('a profile is chosen');
    return made;
  };

  it('gets the limits as variables, and its own ones before all others', () => {
    const { process: about, settings } = start(
      { LBS_GPU_MEMORY_LIMIT: '0.5', HF_HOME: '/hf' },
      { LBS_GPU_MEMORY_LIMIT: 0.8 },
      { LBS_TORCH_DTYPE: 'float32' },
    );
    expect(about).toMatchObject({ command: 'node', args: ['server.js', 'two words'], folder });
    expect(about.env).toMatchObject({
      PATH: '/bin',
      HF_HOME: '/hf',
      LBS_GPU_MEMORY_LIMIT: '0.5',
      LBS_TORCH_DTYPE: 'float32',
    });
    expect(settings).toMatchObject({ LBS_GPU_MEMORY_LIMIT: 0.5, LBS_TORCH_DTYPE: 'float32' });
    // What is the profile's alone does not reach the guardian.
    expect(about.guardian.env).not.toHaveProperty('HF_HOME');
  });

  it('gets the PYTHON* variables of the panel, unless it runs our own Python; its own ones win', () => {
    const panel = { PYTHONPATH: '/panel', PYTHONHOME: '/nowhere' };
    expect(start({}, {}, panel).process.env).toMatchObject(panel);
    const ours = (own: Record<string, string>) => start(own, {}, panel, ['/venv/bin/python', 'x.py']).process;
    expect(ours({}).env).not.toHaveProperty('PYTHONHOME');
    expect(ours({ PYTHONPATH: '/own' }).env).toMatchObject({ PYTHONPATH: '/own', PYTHONUTF8: '1' });
    expect(ours({}).guardian.env).not.toHaveProperty('PYTHONHOME');
  });

  it('gets no token, no file of ours, and no port 0', () => {
    const { env: given } = start({}).process;
    expect(Object.keys(given).filter((name) => /TOKEN|^HEADROOM_|LBS_PORT/.test(name))).toEqual([]);
    expect(start({}, { LBS_PORT: 8_000 }).process.env.LBS_PORT).toBe('8000');
  });

  it('sets the allocator by memory management, unless somebody has', () => {
    const allocator = (...about: Parameters<typeof start>) => start(...about).process.env.PYTORCH_CUDA_ALLOC_CONF;
    expect(allocator({})).toBe('expandable_segments:True');
    expect(allocator({}, { LBS_ENABLE_MEMORY_MANAGEMENT: false })).toBeUndefined();
    expect(allocator({ LBS_ENABLE_MEMORY_MANAGEMENT: '0' })).toBeUndefined();
    expect(allocator({ PYTORCH_CUDA_ALLOC_CONF: 'x:1' })).toBe('x:1');
    expect(allocator({}, {}, { PYTORCH_CUDA_ALLOC_CONF: 'y:1' })).toBe('y:1');
    expect(allocator({ PYTORCH_ALLOC_CONF: 'z:1' })).toBeUndefined();
  });
});
