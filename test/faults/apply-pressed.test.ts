import { expect, it } from 'vitest';
import { canLook } from '../fixtures/processes.ts';
import { isReady, makeWorld, rounds, sleep, times, withPlane } from './faults.ts';

const PRESSES = 50;
const WITHIN_MS = 2_000;

it.runIf(canLook)('Apply pressed 50 times in 2 s: one backend, with the last settings', async () => {
  const world = await makeWorld('light');
  await withPlane(world, async (plane) => {
    await rounds('Apply pressed', times(2, 20), async (round) => {
      const pressed = [];
      let most = 0;
      for (let i = 1; i <= PRESSES; i += 1) {
        await plane.handlers['settings.change']({ values: { LBS_GPU_MEMORY_LIMIT: limitOf(round, i) } });
        pressed.push(plane.handlers['settings.apply']({ when: 'now' }));
        most = Math.max(most, world.backends().length);
        await sleep(WITHIN_MS / PRESSES);
      }
      await Promise.all(pressed);
      await isReady(plane);
      expect(most).toBe(1);
      expect(world.backends()).toHaveLength(1);
      expect(plane.state().settings).toMatchObject({
        pending: [],
        running: { LBS_GPU_MEMORY_LIMIT: limitOf(round, PRESSES) },
      });
    });
  });
  await world.remove();
});

const limitOf = (round: number, press: number) => (1 + ((round * 7 + press) % 90)) / 100;
