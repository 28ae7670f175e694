import { PanelError } from '#contract';
import { createClient } from '../backend/index.ts';
import { descendantsOf, endProcesses, identityOf, ownProcesses, staying } from '../proc/index.ts';
import type { Server } from './probe.ts';

/** The times of a stop of our own: it is asked, then TERM, then KILL. */
const POLITE_MS = 3_000;
const PATIENCE = { termMs: 2_000, killMs: 2_000 };

/**
 * Ends a server that was started by hand, with all that it has started; the person has confirmed it. `handOver`: queued
 * runs are left to the next backend on its database. Fails with a PanelError where it does not end.
 */
export async function endServer({ found, address }: Server, handOver: boolean): Promise<void> {
  const server = await identityOf(found);
  const all = await ownProcesses();
  const family = await Promise.all(descendantsOf(found.pid, all).map(identityOf));
  if (!found.locked)
    await createClient(address)
      .shutdown(handOver)
      .catch(() => undefined);
  const asked = found.locked ? [server] : await staying([server], POLITE_MS);
  // The server first: its worker goes with it, and tells nothing of a crash.
  const left = [...(await endProcesses(asked, PATIENCE)), ...(await endProcesses(family, PATIENCE))];
  if (left.length > 0)
    throw new PanelError(
      'backend_error',
      `Process ${left.map(({ pid }) => pid).join(', ')} does not end: it waits for the driver. Restart the machine if it stays.`,
    );
}
