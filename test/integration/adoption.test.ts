import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { makeWorld, model, SOON, type World, waitRun, withPlane } from '../faults/faults.ts';
import { finish, python, root } from '../fixtures/panel.ts';

// A real `python server.py` as the guide starts it, beside a panel with a data folder of its own.
let world: World;
let other: World;
let server: ChildProcess;
let gone: Promise<unknown>;

beforeEach(async () => {
  world = await makeWorld('light');
  other = await makeWorld('light');
});
afterEach(async () => {
  server.kill('SIGKILL');
  await gone;
  await Promise.all([world.remove(), other.remove()]);
});

/** Resolves with its address once it listens. */
async function byHand(more: Record<string, string> = {}): Promise<string> {
  const { HEADROOM_PYTHON: _, LBS_WARM_WORKERS: __, ...env } = other.env;
  server = spawn(python, ['server.py'], {
    cwd: join(root, 'python'),
    env: { ...env, LBS_PORT: '0', LBS_GPU_MEMORY_LIMIT: '0.4', LBS_EMULATED_GPUS: '256MiB', ...more },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  gone = new Promise((resolve) => server.once('exit', resolve));
  return new Promise((resolve) => {
    server.stderr?.on('data', (text) => {
      const url = /listens on (\S+)/.exec(String(text))?.[1];
      if (url) resolve(url);
    });
  });
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

const idOf = (pid: number | undefined) =>
  vi.waitFor(async () => {
    const stat = await finish('cat', [`/proc/${pid}/stat`]);
    return { pid: pid ?? 0, startTime: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]) };
  }, SOON);

it.runIf(process.platform === 'linux')(
  'a server that was started by hand is found, watched, and taken over with its settings',
  async () => {
    await byHand();
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
    await byHand();
    await withPlane(world, async (plane) => {
      const id = await idOf(server.pid);
      await expect(
        plane.handlers['adoption.takeOver']({ pid: id.pid, startTime: id.startTime + 1, settings: false }),
      ).rejects.toMatchObject({ code: 'not_found' });
      expect(server.exitCode).toBeNull();
    });
  },
);

it.runIf(process.platform === 'linux')('one on the same database hands its queued runs over to ours', async () => {
  const url = await byHand({ LBS_DB_PATH: join(world.home, 'results.db') });
  await post(`${url}/api/queue/hold`, { hold: true });
  const run = { model_type: 'local', model_name_or_path: await model(world, 'good') };
  const answer = await post(`${url}/api/submit`, { ...run, dataset_name: 'NeedleInAHaystack', parameters: {} });
  const [req_id] = z.object({ req_ids: z.array(z.string()) }).parse(await answer.json()).req_ids;
  await withPlane(world, async (plane) => {
    const id = await idOf(server.pid);
    await plane.handlers['backend.stop']({});
    const found = () => plane.state().adoption.found.find(({ pid }) => pid === id.pid);
    await vi.waitFor(() => expect(found()).toMatchObject({ sameDatabase: true }), SOON);
    await plane.handlers['adoption.takeOver']({ ...id, settings: false });
    expect(plane.state().settings.desired.LBS_GPU_MEMORY_LIMIT).toBe(0);
    await waitRun(plane, req_id ?? '', 'completed');
  });
});

it.runIf(process.platform === 'linux')(
  'one that requires its token is not watched, but can be taken over',
  async () => {
    await byHand({ LBS_TOKEN: 'secret' });
    await withPlane(world, async (plane) => {
      const id = await idOf(server.pid);
      await plane.handlers['backend.stop']({});
      const found = () => plane.state().adoption.found.find(({ pid }) => pid === id.pid);
      await vi.waitFor(() => expect(found()).toMatchObject({ locked: true, settings: [] }), SOON);
      await expect(plane.handlers['adoption.watch'](id)).rejects.toMatchObject({ code: 'refused' });
      await plane.handlers['adoption.takeOver']({ ...id, settings: true });
      await gone;
      expect(plane.state().backend.phase).toBe('ready');
      // Other servers may run on this machine.
      expect(found()).toBeUndefined();
    });
  },
);

it.runIf(process.platform === 'linux')(
  'one that ends while it is watched is told of, and is not started again',
  async () => {
    await byHand();
    await withPlane(world, async (plane) => {
      const id = await idOf(server.pid);
      await plane.handlers['backend.stop']({});
      await vi.waitFor(() => expect(plane.state().adoption.found.some(({ pid }) => pid === id.pid)).toBe(true), SOON);
      await plane.handlers['adoption.watch'](id);
      server.kill('SIGKILL');
      await vi.waitFor(() => expect(plane.state().adoption.watching).toBeNull(), SOON);
      expect(plane.state().notices).toMatchObject([{ code: 'watched_ended' }]);
      expect(plane.state()).toMatchObject({ backend: { phase: 'stopped', worker: null }, settings: { running: null } });
    });
  },
);
