import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { makeWorld, SOON, type World, withPlane } from '../faults/faults.ts';
import { finish, python, root } from '../fixtures/panel.ts';

// A real `python server.py` as the guide starts it, beside a panel with a data folder of its own.
let world: World;
let other: World;
let server: ChildProcess;
let gone: Promise<unknown>;

beforeEach(async () => {
  world = await makeWorld('light');
  other = await makeWorld('light');
  const { HEADROOM_PYTHON: _, LBS_WARM_WORKERS: __, ...env } = other.env;
  server = spawn(python, ['server.py'], {
    cwd: join(root, 'python'),
    env: { ...env, LBS_PORT: '0', LBS_GPU_MEMORY_LIMIT: '0.4', LBS_EMULATED_GPUS: '256MiB' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  gone = new Promise((resolve) => server.once('exit', resolve));
  await new Promise((resolve) => server.stderr?.once('data', resolve));
});
afterEach(async () => {
  server.kill('SIGKILL');
  await gone;
  await Promise.all([world.remove(), other.remove()]);
});

const idOf = (pid: number | undefined) =>
  vi.waitFor(async () => {
    const stat = await finish('cat', [`/proc/${pid}/stat`]);
    return { pid: pid ?? 0, startTime: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) };
  }, SOON);

it.runIf(process.platform === 'linux')(
  'a server that was started by hand is found, watched, and taken over with its settings',
  async () => {
    await withPlane(world, async (plane) => {
      const id = await idOf(server.pid);
      await plane.handlers['backend.stop']({});
      await vi.waitFor(() => {
        const mine = plane.state().adoption.found.find(({ pid }) => pid === id.pid);
        expect(mine).toMatchObject({ ...id, locked: false, sameDatabase: false });
        expect(mine?.settings).toContainEqual({ name: 'LBS_GPU_MEMORY_LIMIT', value: 0.4 });
      }, SOON);

      await plane.handlers['adoption.watch'](id);
      await vi.waitFor(
        () =>
          expect(plane.state()).toMatchObject({
            adoption: { watching: id.pid },
            backend: { phase: 'stopped', worker: 'idle' },
            settings: { running: { LBS_GPU_MEMORY_LIMIT: 0.4 } },
          }),
        SOON,
      );
      // Only watched: nothing is started on it from here.
      await expect(async () => plane.handlers['datasets.list']({})).rejects.toMatchObject({ code: 'refused' });

      await plane.handlers['adoption.takeOver']({ ...id, settings: true });
      await gone;
      expect(plane.state()).toMatchObject({
        adoption: { watching: null },
        backend: { phase: 'ready' },
        settings: { desired: { LBS_GPU_MEMORY_LIMIT: 0.4 }, running: { LBS_GPU_MEMORY_LIMIT: 0.4 } },
      });
      expect(other.processes()).toEqual([]);
    });
  },
);

it.runIf(process.platform === 'linux')(
  'one that has ended meanwhile is never signalled, and that is said',
  async () => {
    await withPlane(world, async (plane) => {
      const id = await idOf(server.pid);
      await expect(
        plane.handlers['adoption.takeOver']({ pid: id.pid, startTime: id.startTime + 1, settings: false }),
      ).rejects.toMatchObject({ code: 'not_found' });
      expect(server.exitCode).toBeNull();
    });
  },
);
