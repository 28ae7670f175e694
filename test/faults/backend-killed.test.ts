import { expect, it, vi } from 'vitest';
import { canLook, wordsOf } from '../fixtures/processes.ts';
import { isReady, makeWorld, model, random, rounds, SOON, sleep, submit, times, waitRun, withPlane } from './faults.ts';

it.runIf(canLook).each([
  ['light', times(3, 180), 'good'],
  ['torch', times(1, 20), 'tiny-llama'],
] as const)(
  'kill -9 of the backend (%s) at a random moment: ready again, one backend, the next run works',
  async (kind, count, name) => {
    await rounds(`backend killed (${kind})`, count, async () => {
      const world = await makeWorld(kind);
      const path = await model(world, name);
      await withPlane(world, async (plane) => {
        if (Math.random() < 0.5) await submit(plane, path);
        await sleep(random(0, 500));
        const { pid, since } = plane.state().backend;
        // The server itself, or, where it was forked, what waits for it in the terminal.
        const servers = world.processes().filter((one) => wordsOf(one).includes('lbs.server'));
        const victims = [...servers, pid ?? 0];
        process.kill(victims[Math.floor(Math.random() * victims.length)] ?? 0, 'SIGKILL');
        await vi.waitFor(() => expect(plane.state().backend).toMatchObject({ phase: 'ready' }), SOON);
        await vi.waitFor(() => expect(plane.state().backend.since).toBeGreaterThan(since), SOON);
        await isReady(plane);
        expect(world.backends()).toHaveLength(1);
        expect(plane.state().backend.pid).not.toBe(pid);
        await waitRun(plane, await submit(plane, path), 'completed');
      });
      await world.remove();
    });
  },
);
