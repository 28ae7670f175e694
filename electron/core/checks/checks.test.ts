import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CheckId, defaultSettings, type Settings } from '#contract';
import { backendPython, dataPaths } from '../base/index.ts';
import { emulatorCommand } from '../gpu/index.ts';
import { createChecks, type PanelChecks } from './checks.ts';
import type { CheckPlace } from './types.ts';

// The real children, disks and sockets; the product's own Python where setup has made it.
const root = process.cwd();
const pythonFolder = join(root, 'python');
const own = backendPython({ env: process.env, platform: process.platform, pythonFolder, chosen: null });
const python = existsSync(own) ? own : 'python3';

let home: string;
let notices: string[];
let stopped: boolean;
let settings: Settings;
let checks: PanelChecks;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-checks-'));
  notices = [];
  stopped = true;
  settings = defaultSettings;
});
afterEach(async () => {
  await checks.stop();
  await rm(home, { recursive: true });
});

async function examine(more: Partial<CheckPlace> = {}) {
  const env = { ...process.env, HEADROOM_PYTHON: undefined };
  checks = createChecks({
    place: {
      env,
      platform: process.platform,
      python,
      pythonFolder,
      root,
      paths: dataPaths(home),
      smi: { source: 'none', path: null, command: null },
      desired: () => settings,
      overrides: () => ({}),
      modelFolders: () => [],
      ownPort: () => null,
      backend: () => ({ python, env }),
      worker: () => ({ state: 'idle', error: null }),
      ...more,
    },
    actions: {
      changeSettings: async (values) => {
        settings = { ...settings, ...values };
      },
      backendStopped: () => stopped,
      notify: ({ text }) => notices.push(text),
    },
    onChange: () => undefined,
  });
  await checks.run();
}
const find = (id: CheckId) => checks.state().list.find((check) => check.id === id);

describe('the checks over a real installation', () => {
  it('finish within seconds', async () => {
    const began = Date.now();
    await examine();
    expect(Date.now() - began).toBeLessThan(50_000);
    expect(find('python')?.sentence?.text).toMatch(/^Python 3\.\d+\.\d+/);
    expect(find('port')?.state).toBe('ok');
    expect(
      find('disk')
        ?.detail.map(({ text }) => text)
        .join(),
    ).toContain(home);
    expect(find('database')).toMatchObject({ state: 'ok', sentence: { code: 'checks.databaseAbsent' } });
    expect(find('driver')).toMatchObject({ state: 'failed', fix: null });
  });

  it('report a missing Python, and run without it', async () => {
    await examine({ python: '/nowhere/python' });
    expect(find('python')).toMatchObject({
      state: 'failed',
      sentence: { code: 'checks.noPython', values: { python: '/nowhere/python' } },
    });
    for (const id of ['packages', 'torch', 'transformers', 'database'] as const)
      expect(find(id)?.state).toBe('unknown');
    expect(find('disk')?.state).not.toBe('unknown');
  });

  it('import for real in the backend’s environment where no worker has, and name the variable at fault', async () => {
    await writeFile(join(home, 'numpy.py'), 'raise RuntimeError("mine")');
    const env = { ...process.env, PYTHONPATH: home };
    await examine({ worker: () => null, backend: () => ({ python, env }) });
    const found = find('imports');
    expect(found).toMatchObject({ state: 'failed', sentence: { code: 'lbs.imports.variable' } });
    expect(found?.sentence?.values).toMatchObject({ module: 'numpy', variable: 'PYTHONPATH', value: home });
    expect(found?.sentence?.text).toContain(join(home, 'numpy.py'));
  });

  it('take the word of a worker that has imported everything, or could not', async () => {
    await examine();
    expect(find('imports')).toMatchObject({ state: 'ok', sentence: { code: 'checks.importsByWorker' } });
    const error = { code: 'lbs.imports.broken', values: {}, text: 'torch cannot be imported' };
    await examine({ worker: () => ({ state: 'failed', error }) });
    expect(find('imports')).toMatchObject({ state: 'failed', sentence: error });
  });

  it('quote a failing nvidia-smi', async () => {
    const scenario = join(root, 'assets', 'scenarios', 'no-driver.yaml');
    const script = join(pythonFolder, 'nvidia_smi_emulator.py');
    const command = emulatorCommand({ python, script, home, env: process.env, scenario });
    await examine({ smi: { source: 'nvidia-smi', path: script, command } });
    expect(find('driver')).toMatchObject({ state: 'failed', sentence: { values: { code: 9 } } });
  });

  it.runIf(process.platform === 'linux')('name the program on a fixed port, and set it back to any', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
    });
    settings = { ...settings, LBS_PORT: port };
    await examine();
    expect(find('port')).toMatchObject({ state: 'failed', sentence: { values: { pid: process.pid } } });
    await checks.fix('port');
    expect(settings.LBS_PORT).toBe(0);
    expect(find('port')?.state).toBe('ok');
    settings = { ...settings, LBS_PORT: port };
    await new Promise((resolve) => server.close(resolve));
    await checks.run();
    expect(find('port')?.sentence).toMatchObject({ code: 'checks.portFree', values: { port } });
  });

  it('recover a damaged database, and only while the backend is stopped', async () => {
    // The header of one of ours, and nothing behind it.
    const header = Buffer.alloc(8_192);
    header.write('SQLite format 3\0\x10\0');
    header.write('HDRM', 68);
    await writeFile(join(home, 'results.db'), header);
    await examine();
    expect(find('database')).toMatchObject({ state: 'failed', fix: { action: 'set_database_aside' } });
    stopped = false;
    await expect(checks.fix('database')).rejects.toMatchObject({ code: 'busy' });
    expect(await readdir(home)).toContain('results.db');
    stopped = true;
    await checks.fix('database');
    expect((await readdir(home)).some((name) => name.startsWith('results.db.damaged-'))).toBe(true);
    expect(notices).toHaveLength(1);
    expect(find('database')?.state).toBe('ok');
    await expect(checks.fix('database')).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it.runIf(process.platform === 'linux')('remove the files of earlier starts, and no others', async () => {
    const run = join(home, 'run');
    await mkdir(run);
    const [old, young, other] = [`${'a'.repeat(32)}.json`, `${'b'.repeat(32)}.json`, 'notes.json'];
    for (const name of [old, young, other]) await writeFile(join(run, name), '{}');
    for (const name of [old, other]) await utimes(join(run, name), 1, 1);
    await examine();
    expect(find('leftovers')).toMatchObject({ state: 'warning', detail: [{ text: join(run, old) }] });
    await checks.fix('leftovers');
    expect((await readdir(run)).sort()).toEqual([young, other]);
    expect(find('leftovers')?.state).toBe('ok');
  });
});
