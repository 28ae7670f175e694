import { expect, it, vi } from 'vitest';
import type { ControlPlane } from '../../electron/core/control-plane.ts';
import { isReady, makeWorld, model, SOON, submit, waitRun, withPlane } from '../faults/faults.ts';
import { canLook } from '../fixtures/processes.ts';

it.runIf(canLook)(
  '"after this run" restarts once it has ended, and what waits runs under the new settings',
  async () => {
    const world = await makeWorld('light');
    const [waits, good] = [await model(world, 'waits'), await model(world, 'good')];
    await withPlane(world, async (plane) => {
      const { pid } = plane.state().backend;
      const on = await submit(plane, waits);
      await isRunning(plane, on);
      const queued = [await submit(plane, good), await submit(plane, good)];
      await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: 0.5 } });
      expect(await plane.handlers['settings.apply']({ when: 'afterRun' })).toBeNull();
      expect(plane.state().afterRun).toMatchObject({ reqId: on });
      expect(plane.state().backend.pid).toBe(pid);

      await plane.handlers['runs.cancel']({ req_id: on });
      await vi.waitFor(() => expect(plane.state().settings.running?.LBS_GPU_MEMORY_LIMIT).toBe(0.5), SOON);
      await isReady(plane);
      for (const one of queued) await waitRun(plane, one, 'completed');
      expect(plane.state()).toMatchObject({ afterRun: null, settings: { pending: [] } });
      expect(plane.state().backend.pid).not.toBe(pid);
      expect(await plane.handlers['runs.get']({ req_id: on })).toMatchObject({ status: 'cancelled' });
    });
    await world.remove();
  },
);

it.runIf(canLook)('when it is cancelled, the queue continues with the old settings', async () => {
  const world = await makeWorld('light');
  const [waits, good] = [await model(world, 'waits'), await model(world, 'good')];
  await withPlane(world, async (plane) => {
    const on = await submit(plane, waits);
    await isRunning(plane, on);
    const next = await submit(plane, good);
    await plane.handlers['settings.apply']({ when: 'afterRun' });
    await plane.handlers['afterRun.cancel']({});
    await plane.handlers['runs.cancel']({ req_id: on });
    await waitRun(plane, next, 'completed');
    expect(plane.state().events.filter(({ kind }) => kind === 'ready')).toHaveLength(1);
  });
  await world.remove();
});

it.runIf(canLook)('Stop asks the caller when, and what it leaves behind continues', async () => {
  const world = await makeWorld('light');
  const [waits, good] = [await model(world, 'waits'), await model(world, 'good')];
  let [stopped, interrupted] = ['', ''];
  await withPlane(world, async (plane) => {
    const call = plane.handlers;
    const first = await submit(plane, waits);
    await isRunning(plane, first);
    const queued = await submit(plane, good);
    for (const name of ['backend.stop', 'backend.restart', 'gpu.clearAndRestart', 'settings.apply'] as const)
      await expect(call[name]({})).rejects.toMatchObject({ code: 'busy', details: { run: first } });
    await call['settings.apply']({ when: 'afterRun' });
    await call['backend.stop']({ when: 'afterRun' });
    expect(plane.state().afterRun).toMatchObject({ action: 'stop', reqId: first });
    await call['runs.cancel']({ req_id: first });
    await vi.waitFor(() => expect(plane.state().backend.phase).toBe('stopped'), SOON);
    expect(runIn(plane, queued)).toMatchObject({ status: 'queued' });

    await call['backend.start']({});
    await waitRun(plane, queued, 'completed');
    stopped = await submit(plane, waits);
    await isRunning(plane, stopped);
    await call['backend.stop']({ when: 'now' });
    expect(runIn(plane, stopped)).toMatchObject({ status: 'cancelled', error_code: 'stopped' });

    await call['backend.start']({});
    await isReady(plane);
    expect(await call['runs.get']({ req_id: stopped })).toMatchObject({ status: 'cancelled', error_code: 'stopped' });
    interrupted = (await call['runs.resume']({ req_id: stopped })).req_id;
    await isRunning(plane, interrupted);
    // The panel is terminated by a signal: it asks nobody, and what waits for the run does not restart the backend.
    await call['settings.apply']({ when: 'afterRun' });
  });
  await withPlane(world, async (plane) => {
    const run = await plane.handlers['runs.get']({ req_id: interrupted });
    expect(run).toMatchObject({ status: 'failed', error_code: 'interrupted' });
    expect(await plane.handlers['runs.resume']({ req_id: interrupted })).toHaveProperty('req_id');
  });
  await world.remove();
});

const runIn = (plane: ControlPlane, reqId: string) =>
  plane
    .stream('runs')
    .backlog()
    .find(({ req_id }) => req_id === reqId);

/** The panel itself has heard of it. */
const isRunning = (plane: ControlPlane, reqId: string) =>
  vi.waitFor(() => expect(runIn(plane, reqId)).toMatchObject({ status: 'processing' }), SOON);
