import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ControlPlane, createControlPlane } from '../../electron/core/control-plane.ts';
import { foreignProfile, freePort } from '../fixtures/foreign.ts';
import { panelEnvironment, root } from '../fixtures/panel.ts';
import { canLook, carrying, wordsOf } from '../fixtures/processes.ts';

const WAIT = { timeout: 30_000, interval: 50 };
const SECRET = 'swordfish-4711';
/** What its mode `tells` prints. */
const secrets = [
  ...[SECRET, SECRET.slice(6), Buffer.from(SECRET).toString('hex'), encodeURIComponent(SECRET).slice(3)],
  ...[Buffer.from(`user:${SECRET}:x`).toString('base64').slice(8, -6), '%73%77%6F'],
  ...['wJalrXUtnFEMI', 'sk-proj-abc', ':pw@', 'ghp_a1B2', 'hf_abcdef'],
];

// A control plane over a server that is not Headroom's. Our own backend is never started here.
let home: string;
let port: number;
let plane: ControlPlane;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-foreign-'));
  port = await freePort();
  plane = await createControlPlane({
    env: panelEnvironment(home, { LBS_TOKEN: '', LBS_WARM_WORKERS: '' }),
    platform: process.platform,
    home: homedir(),
    shell: 'serve',
    version: '0.0.0',
    resources: root,
  });
});

afterEach(async () => {
  await plane.stop();
  expect(marked()).toEqual([]);
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

/** Every process that was started from this test's profile. */
/** Without the launcher. */
const marked = () => {
  const found = canLook ? carrying(`FOREIGN_FOLDER=${home}`) : [];
  return found.filter((pid) => !wordsOf(pid).some((word) => word.endsWith('launcher.py')));
};

async function start(modes: string, more: Record<string, string> = {}) {
  const env = { FOREIGN: modes, FOREIGN_FOLDER: home, SECRET_KEY: SECRET, ...more };
  const { id } = await plane.handlers['profiles.save']({ profile: foreignProfile(home, port, env) });
  await plane.handlers['profiles.choose']({ id });
  await plane.start();
  return id;
}
const isReady = () => vi.waitFor(() => expect(plane.state().backend.phase).toBe('ready'), WAIT);

interface Told {
  pid: number;
  argv: string[];
  cwd: string;
  env: Record<string, string>;
}
const ask = async () => (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as Told;

describe('a backend that is not ours', () => {
  it('is ready when its health URL answers, with our limits and its own variables', async () => {
    await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: 0.75 } });
    await start('', { FOREIGN_LOADS: '1.5', LBS_TORCH_DTYPE: 'bfloat16' });
    await vi.waitFor(() => expect(plane.state().backend.steps.at(-1)?.name).toBe('ready'), WAIT);
    await expect(ask()).rejects.toThrow();
    expect(plane.state()).toMatchObject({ backend: { phase: 'starting' }, settings: { running: null } });
    await isReady();
    const { env, cwd, pid } = await ask();
    expect(cwd).toBe(home);
    expect(env).toMatchObject({
      LBS_GPU_MEMORY_LIMIT: '0.75',
      LBS_TORCH_DTYPE: 'bfloat16',
      SECRET_KEY: SECRET,
      PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True',
      HEADROOM_MARKER: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    for (const name of ['LBS_TOKEN', 'LBS_PORT', 'HEADROOM_PORT_FILE', 'HEADROOM_STEPS_FILE'])
      expect([name, env[name] ?? '']).toEqual([name, '']);
    const { backend, settings } = plane.state();
    expect(backend).toMatchObject({ pid, url: `http://127.0.0.1:${port}`, worker: null, silent: false });
    expect(backend.steps.map((step) => [step.name, step.endedAt !== null])).toEqual([
      ['environment', true],
      ['process', true],
      ['ready', true],
    ]);
    expect(settings).toMatchObject({
      running: { LBS_GPU_MEMORY_LIMIT: 0.75, LBS_TORCH_DTYPE: 'bfloat16' },
      overrides: { LBS_TORCH_DTYPE: 'bfloat16' },
      pending: [],
    });
  });

  it('is restarted with a limit that is applied', async () => {
    await start('family');
    await isReady();
    const before = await ask();
    await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: 0.5 } });
    expect(plane.state().settings.pending).toEqual(['LBS_GPU_MEMORY_LIMIT']);
    expect(await plane.handlers['settings.apply']({ when: 'now' })).toEqual({ differing: [] });
    const after = await ask();
    expect(after.pid).not.toBe(before.pid);
    expect([before.env.LBS_GPU_MEMORY_LIMIT, after.env.LBS_GPU_MEMORY_LIMIT]).toEqual(['0', '0.5']);
    expect(plane.state().settings.pending).toEqual([]);
  });

  it.each(['family', 'deaf,family'])('that is %s is stopped, and no process is left', async (modes) => {
    await start(modes);
    await isReady();
    if (canLook) expect(marked()).toHaveLength(2);
    const begin = Date.now();
    await plane.handlers['backend.stop']({});
    expect(Date.now() - begin).toBeLessThan(20_000);
    expect(plane.state().backend.phase).toBe('stopped');
    expect(marked()).toEqual([]);
  });

  it('is retried after a crash; the report and a recording hold none of its secrets', async () => {
    await plane.handlers['recording.start']({});
    await start('crash,tells');
    await vi.waitFor(() => expect(plane.state().backend.phase).toBe('backoff'), WAIT);
    expect(plane.state().backend.reason).toMatchObject({ code: 'crash', exitCode: 3 });
    await isReady();
    expect(plane.stream('log').backlog().join('')).toContain(SECRET);
    const reports = (await readdir(join(home, 'incidents'))).filter((name) => name.endsWith('-crash.json'));
    expect(reports).toHaveLength(1);
    const text = await readFile(join(home, 'incidents', reports[0] ?? ''), 'utf8');
    expect(text).toContain('the key [removed]');
    const { id = '' } = (await plane.handlers['crashes.list']({}))[0] ?? {};
    const exported = await plane.handlers['crashes.export']({ id });
    const { name } = await plane.handlers['recording.stop']({});
    const recorded = gunzipSync(await readFile(join(home, 'recordings', name))).toString();
    for (const saved of [text, exported.text, recorded]) {
      for (const secret of secrets) expect(saved).not.toContain(secret);
      expect(saved).toMatch(/split \[removed\].{0,20}(\n|\\r|",)/);
      expect(saved).toContain('postgres://me:[removed]@host/db');
      expect(saved).toContain('sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
    }
  });

  it('rejects runs of our own with a sentence', async () => {
    await start('');
    await isReady();
    const refusal = { code: 'not_ready', message: expect.stringContaining("not Headroom's own") };
    const { handlers } = plane;
    await expect((async () => handlers['datasets.list']({}))()).rejects.toMatchObject(refusal);
    await expect((async () => handlers['runs.get']({ req_id: 'a' }))()).rejects.toMatchObject(refusal);
    const change = { name: 'limit', to: 0.9 } as const;
    await expect(handlers['runs.resume']({ req_id: 'a', change })).rejects.toMatchObject(refusal);
    expect(plane.state().settings.desired.LBS_GPU_MEMORY_LIMIT).toBe(0);
  });

  it.runIf(canLook)('uses memory that is shown as ours, by its marker, and clear frees it', async () => {
    await start('holds');
    await isReady();
    const latest = () => plane.stream('ticks').backlog().at(-1)?.gpus[0];
    await vi.waitFor(() => expect(latest()?.ours?.usedMiB).toBe(40), WAIT);
    expect(plane.state().telemetry.processes).toMatchObject([
      { name: expect.stringContaining('python'), ours: true, usedMiB: 40 },
    ]);
    await plane.handlers['gpu.clearAndRestart']({});
    expect(plane.state()).toMatchObject({ backend: { phase: 'ready' }, clearing: { active: false, problems: [] } });
  });

  it('is reported as silent while it does not answer, and keeps running', async () => {
    await start('');
    await isReady();
    const { pid } = plane.state().backend;
    await writeFile(join(home, 'mute'), '');
    await vi.waitFor(() => expect(plane.state().backend.silent).toBe(true), WAIT);
    expect(plane.state().backend).toMatchObject({ phase: 'ready', pid });
    await rm(join(home, 'mute'));
    await vi.waitFor(() => expect(plane.state().backend).toMatchObject({ silent: false, pid }), WAIT);
  });

  it('is not started beside another program that answers at its health URL', async () => {
    const other = createServer((_, answer) => answer.end('ok'));
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    try {
      await start('');
      await vi.waitFor(() => expect(plane.state().backend.phase).toBe('failed'), WAIT);
      expect(plane.state().backend.reason?.sentence.code).toBe('backend.urlAnswers');
      // The other program was never taken for it.
      const kinds = () => plane.state().events.map((event) => event.kind);
      await vi.waitFor(() => expect(kinds()).toEqual(['starting', 'crashed']), WAIT);
      expect(marked()).toEqual([]);
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });

  it('whose program is missing fails at once, with a remedy', async () => {
    const profile = { ...foreignProfile(home, port, {}), command: ['no-such-program'] };
    const { id } = await plane.handlers['profiles.save']({ profile });
    expect(await plane.handlers['profiles.check']({ profile })).toMatchObject([{ field: 'command' }]);
    await plane.handlers['profiles.choose']({ id });
    await plane.start();
    await vi.waitFor(() => expect(plane.state().backend.phase).toBe('failed'), WAIT);
    expect(plane.state().backend.reason).toMatchObject({
      code: 'missing_program',
      advice: { text: expect.any(String) },
    });
  });
});
