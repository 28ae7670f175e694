import { expect, it } from 'vitest';
import { misbehaving } from '../fixtures/misbehaving.ts';
import { canLook, parentOf } from '../fixtures/processes.ts';
import { rounds, sleep, times, within } from './faults.ts';

/** A request to the API, then TERM, then KILL: 3 s, 2 s, and the guardian's time. */
const STOP_LIMIT_MS = 8_000;
type Start = Awaited<ReturnType<typeof misbehaving>>;

it.runIf(canLook).each([
  ['ignores the request and TERM', 'deaf', async () => undefined],
  ['ignores them, with a child that left the session', 'deaf,family', async () => undefined],
  ['hangs in a C call with the interpreter locked', 'stuck', () => sleep(700)],
  // It neither reads its terminal nor writes nor answers; only KILL ends it.
  ['was stopped by a signal, with its launcher', 'good', async (start: Start) => stopAll(start)],
] as const)('a backend that %s is stopped within the limit, and nothing of it is left', async (name, fake, trouble) => {
  await rounds(name, times(1, 20), async () => {
    const start = await misbehaving(fake);
    start.supervisor.start();
    await start.supervisor.whenReady();
    await trouble(start);
    const begin = Date.now();
    start.supervisor.stop();
    await start.supervisor.whenStopped();
    expect(Date.now() - begin).toBeLessThan(within(STOP_LIMIT_MS));
    expect(start.states.at(-1)?.phase).toBe('stopped');
    expect(start.processes()).toEqual([]);
    await start.remove();
  });
});

const stopAll = ({ marked }: Start) => {
  for (const one of marked().flatMap((pid) => [parentOf(pid) ?? 0, pid])) process.kill(one, 'SIGSTOP');
};
