import { once } from 'node:events';
import { afterAll, expect, test, vi } from 'vitest';
import { ended, setupSandbox } from '../fixtures/setup-sandbox.ts';
import { random, rounds, sleep, times } from './faults.ts';

const sandbox = setupSandbox();
afterAll(() => sandbox.remove());

/** A panel that could start before must be able to start afterwards, whichever moment setup was ended at. */
test('setup is killed or stopped while it replaces the Python environment', async () => {
  await rounds('setup killed', times(4, 100), async (number) => {
    sandbox.putOld(number % 2 === 0);
    const child = sandbox.start({ FAKE_PIP_SLEEPS: '0.1' });
    const end = ended(child);
    await Promise.race([once(child, 'exit'), sleep(random(40, 500))]);
    child.kill(number % 4 < 2 ? 'SIGKILL' : 'SIGTERM');
    await end;
    // The pip of a killed setup goes on for a moment; until it ends, it counts as one that is setting up.
    let offline = '';
    await vi.waitFor(
      async () => {
        offline = (await sandbox.run({ FAKE_PIP_SAYS: 'Could not fetch URL' })).output;
        expect(offline).not.toMatch(/is setting up this checkout already|stopped just now/);
      },
      { timeout: 10_000, interval: 50 },
    );
    expect(offline).toMatch(/the network cannot be reached|ready: /);
    expect(sandbox.state()).toMatch(/^(old|new), complete$/);
    const repaired = await sandbox.run();
    expect(repaired.output).toContain('ready: ');
    expect(sandbox.state()).toBe('new, complete');
  });
});
