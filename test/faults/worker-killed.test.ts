import { expect, it, vi } from 'vitest';
import { limitedGroup, memoryGroups } from '../fixtures/memory-group.ts';
import { canLook, wordsOf } from '../fixtures/processes.ts';
import { makeWorld, model, random, rounds, SOON, sleep, submit, times, waitRun, withPlane } from './faults.ts';

it.runIf(canLook)(
  'kill -9 of the worker in mid-run: the server stays, the run says why, the next one works',
  async () => {
    const world = await makeWorld('light');
    const [waits, good] = [await model(world, 'waits'), await model(world, 'good')];
    await withPlane(world, async (plane) => {
      await rounds('worker killed', times(4, 50), async () => {
        const server = plane.state().backend.pid;
        const doomed = await submit(plane, waits);
        await waitRun(plane, doomed, 'processing');
        await sleep(random(0, 100));
        process.kill(await workerOf(world.processes), 'SIGKILL');
        const run = await waitRun(plane, doomed, 'failed');
        expect(run).toMatchObject({ error_code: 'worker_died', error: expect.stringContaining('SIGKILL') });
        expect(plane.state().backend).toMatchObject({ phase: 'ready', pid: server });
        await waitRun(plane, await submit(plane, good), 'completed');
      });
    });
    await world.remove();
  },
);

it.runIf(canLook && memoryGroups)(
  'the kernel takes the worker for its memory: the run says so as a fact, the next one works',
  async () => {
    const world = await makeWorld('light');
    const [eats, good] = [await model(world, 'eats'), await model(world, 'good')];
    await withPlane(world, async (plane) => {
      await rounds('worker taken by the kernel', times(1, 20), async () => {
        const group = limitedGroup(await workerOf(world.processes), LIMIT_BYTES);
        const run = await waitRun(plane, await submit(plane, eats), 'failed');
        expect(run).toMatchObject({ error_code: 'worker_died', error: expect.stringContaining('SIGKILL') });
        expect(run.error).toContain('OOM killer acted');
        expect(group.kills()).toBe(1);
        await waitRun(plane, await submit(plane, good), 'completed');
        group.remove();
      });
    });
    await world.remove();
  },
);

const LIMIT_BYTES = 100 * 2 ** 20;

/** Only the light worker runs this module. */
const workerOf = (processes: () => number[]) =>
  vi.waitFor(() => {
    const [pid, ...more] = processes().filter((one) => wordsOf(one).includes('tests.support.fake_worker'));
    expect(more).toEqual([]);
    if (pid === undefined) throw new Error('There is no worker.');
    return pid;
  }, SOON);
