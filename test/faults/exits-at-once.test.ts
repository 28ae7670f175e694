import { expect, it, vi } from 'vitest';
import { misbehaving, quickClock } from '../fixtures/misbehaving.ts';
import { canLook } from '../fixtures/processes.ts';
import { rounds, SOON, sleep, times } from './faults.ts';

/** Fifteen seconds of back-off in a third of a second. */
const QUICK = 50;

it.runIf(canLook)(
  'a backend that ends at once, five times: failed with the reason, no sixth start, the button works',
  async () => {
    await rounds('ends at once', times(2, 20), async () => {
      const start = await misbehaving('crash', { clock: quickClock(QUICK) });
      const last = () => start.states.at(-1);
      for (const [press, launched] of [5, 10].entries()) {
        start.supervisor.start();
        await vi.waitFor(() => expect(last()?.phase).toBe('failed'), SOON);
        expect(last(), `press ${press + 1}`).toMatchObject({
          instance: launched,
          reason: { code: 'crash', exitCode: 3 },
        });
        // More than a minute on the supervisor's clock.
        await sleep(70_000 / QUICK);
        expect(last()).toMatchObject({ phase: 'failed', instance: launched });
        expect(start.processes()).toEqual([]);
      }
      await start.remove();
    });
  },
);
