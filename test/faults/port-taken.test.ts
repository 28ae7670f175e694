import { createServer, type Server } from 'node:net';
import { expect, it } from 'vitest';
import { canLook } from '../fixtures/processes.ts';
import { makeWorld, rounds, times, withPlane } from './faults.ts';

it.runIf(canLook)('a program that takes every free port while ours is chosen causes no error', async () => {
  const world = await makeWorld('light');
  const neighbour = greedy();
  try {
    await rounds('port taken', times(3, 20), () =>
      withPlane(world, async (plane) => {
        expect(plane.state().backend).toMatchObject({ phase: 'ready', failures: 0, reason: null });
      }),
    );
    expect(neighbour.taken()).toBeGreaterThan(0);
  } finally {
    await neighbour.stop();
  }
  await world.remove();
});

/** Takes free ports as fast as it can and keeps several hundred. The kernel chooses and binds in one step. */
function greedy() {
  const kept: Server[] = [];
  let on = true;
  let taken = 0;
  const grab = () => {
    if (!on) return;
    const server = createServer();
    server.listen(0, '127.0.0.1', () => {
      taken += 1;
      kept.push(server);
      if (kept.length > 300) kept.shift()?.close();
      setTimeout(grab, 1);
    });
  };
  grab();
  return {
    taken: () => taken,
    async stop() {
      on = false;
      await Promise.all(kept.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}
