import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { shownPhase } from '#contract';
import { type ControlPlane, createControlPlane } from '../../electron/core/control-plane.ts';
import { freePort } from '../fixtures/foreign.ts';
import { panelEnvironment, python, root } from '../fixtures/panel.ts';

const WAIT = { timeout: 90_000, interval: 50 };

let home: string;
let plane: ControlPlane;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'headroom-ready-'));
  const libraries = join(home, 'libraries');
  const modules = join(home, 'modules');
  await mkdir(libraries);
  await mkdir(modules);
  await writeFile(join(libraries, 'libgomp.so.1'), 'no library');
  await writeFile(join(modules, 'numpy.py'), 'raise RuntimeError("mine")');
  plane = await createControlPlane({
    env: panelEnvironment(home, {
      LD_LIBRARY_PATH: [libraries, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
      // Any of these would keep our Python from starting at all.
      PYTHONHOME: '/nowhere',
      PYTHONWARNINGS: 'error',
      PYTHONOPTIMIZE: '2',
    }),
    platform: process.platform,
    home: homedir(),
    shell: 'serve',
    version: '0.0.0',
    resources: root,
  });
});
afterAll(async () => {
  await plane?.stop();
  await rm(home, { recursive: true, force: true });
});

const failed = (variable: string, file: string) =>
  vi.waitFor(() => {
    const { backend } = plane.state();
    expect(shownPhase(backend)).toBe('failed');
    expect(backend.workerError?.values).toMatchObject({ variable });
    expect(backend.workerError?.text).toContain(join(home, file));
  }, WAIT);

// Only Linux's loader reads LD_LIBRARY_PATH.
it.runIf(process.platform === 'linux')(
  'is not ready where the worker cannot import, and names what is at fault',
  async () => {
    const shown = new Set<string>();
    const steps = new Set<string | null>();
    plane.onState(({ backend }) => {
      shown.add(shownPhase(backend));
      steps.add(backend.workerStep);
    });
    await plane.start();
    await failed('LD_LIBRARY_PATH', join('libraries', 'libgomp.so.1'));
    expect(shown).not.toContain('ready');
    expect([...steps]).toEqual(expect.arrayContaining(['torch', 'examining']));
    await vi.waitFor(() => {
      const check = plane.state().checks.list.find(({ id }) => id === 'imports');
      expect(check).toMatchObject({ state: 'failed', sentence: { values: { variable: 'LD_LIBRARY_PATH' } } });
    }, WAIT);

    const port = await freePort();
    const profile = {
      name: 'By hand',
      command: [python, join(root, 'python', 'server.py')],
      folder: home,
      env: { PYTHONPATH: join(home, 'modules'), LD_LIBRARY_PATH: '', LBS_PORT: String(port) },
      healthUrl: `http://127.0.0.1:${port}/api/health`,
      startSeconds: 60,
      stopSeconds: 10,
    };
    const { id } = await plane.handlers['profiles.save']({ profile });
    await plane.handlers['profiles.choose']({ id });
    await failed('PYTHONPATH', join('modules', 'numpy.py'));
  },
);
