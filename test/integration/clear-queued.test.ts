import { expect, it } from 'vitest';
import { makeWorld, model, submit, waitRun, withPlane } from '../faults/faults.ts';
import { canLook } from '../fixtures/processes.ts';

it.runIf(canLook)('queued runs survive a clearing, as they survive any restart', async () => {
  const world = await makeWorld('light');
  const [waits, good] = [await model(world, 'waits'), await model(world, 'good')];
  await withPlane(world, async (plane) => {
    const on = await submit(plane, waits);
    await waitRun(plane, on, 'processing');
    const queued = await submit(plane, good);
    await plane.handlers['gpu.clearAndRestart']({ when: 'now' });
    await waitRun(plane, queued, 'completed');
    expect(await plane.handlers['runs.get']({ req_id: on })).toMatchObject({
      status: 'cancelled',
      error_code: 'stopped',
    });
  });
  await world.remove();
});
