import { PanelError } from '#contract';
import { createClient } from '../backend/index.ts';
import { descendantsOf, identityOf, ownProcesses, survivorsAfter, terminateProcesses } from '../proc/index.ts';
import type { Server } from './probe.ts';
import { say } from './sentences.ts';

/** The same times as a stop of our own backend: a request to shut down, then SIGTERM, then SIGKILL. */
const SHUTDOWN_MS = 3_000;
const PATIENCE = { termMs: 2_000, killMs: 2_000 };

/**
 * Ends a server that was started by hand, with everything that it started; the person has confirmed it. `handOver`: queued
 * runs are left to the next backend on its database. Throws a PanelError where a process does not exit.
 */
export async function endServer({ found, address }: Server, handOver: boolean): Promise<void> {
  const server = await identityOf(found);
  const all = await ownProcesses();
  const family = await Promise.all(descendantsOf(found.pid, all).map(identityOf));
  if (!found.locked) {
    const { shutdown } = createClient(address);
    // An older backend refuses the second field.
    await shutdown({ handOver, byPerson: true })
      .catch(() => shutdown({ handOver }))
      .catch(() => undefined);
  }
  const remaining = found.locked ? [server] : await survivorsAfter([server], SHUTDOWN_MS);
  // The server first: its worker exits with it, and reports no crash.
  const left = [...(await terminateProcesses(remaining, PATIENCE)), ...(await terminateProcesses(family, PATIENCE))];
  if (left.length > 0)
    throw new PanelError('backend_error', say('doesNotExit', { pids: left.map(({ pid }) => String(pid)) }));
}
