import { expect, it, vi } from 'vitest';
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
      await waitRun(plane, on, 'processing');
      const queued = [await submit(plane, good), await submit(plane, good)];
      await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: 0.5 } });
      expect(await plane.handlers['settings.apply']({ when: 'afterRun' })).toBeNull();
      expect(plane.state().applying).toMatchObject({ reqId: on });
      expect(plane.state().backend.pid).toBe(pid);

      await plane.handlers['runs.cancel']({ req_id: on });
      await vi.waitFor(() => expect(plane.state().settings.running?.LBS_GPU_MEMORY_LIMIT).toBe(0.5), SOON);
      await isReady(plane);
      for (const one of queued) await waitRun(plane, one, 'completed');
      expect(plane.state()).toMatchObject({ applying: null, settings: { pending: [] } });
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
    await waitRun(plane, on, 'processing');
    const next = await submit(plane, good);
    await plane.handlers['settings.apply']({ when: 'afterRun' });
    await plane.handlers['settings.cancelApply']({});
    await plane.handlers['runs.cancel']({ req_id: on });
    await waitRun(plane, next, 'completed');
    expect(plane.state().events.filter(({ kind }) => kind === 'ready')).toHaveLength(1);
  });
  await world.remove();
});
