import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { root } from '../fixtures/panel.ts';
import { canLook } from '../fixtures/processes.ts';
import { makeWorld, random, rounds, sleep, times, within } from './faults.ts';

it.runIf(canLook)('kill -9 of the panel at a random moment leaves nothing 5 s later', async () => {
  await rounds('panel killed', times(4, 200), async () => {
    // With server and worker, a child that ignores TERM and HUP, and one that left the session.
    const world = await makeWorld('light', { FAULT_CHILDREN: '1' });
    const panel = spawn(process.execPath, [join(root, 'out', 'main', 'serve.js'), '--no-open'], {
      env: world.env,
      stdio: 'ignore',
    });
    const gone = new Promise((resolve) => panel.once('exit', resolve));
    const delay = Math.round(random(0, 2_500));
    await sleep(delay);
    panel.kill('SIGKILL');
    await gone;
    await vi.waitFor(() => expect(world.processes(), `killed after ${delay} ms`).toEqual([]), {
      timeout: within(5_000),
      interval: 50,
    });
    await world.remove();
  });
});
