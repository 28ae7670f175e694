import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerOf, startTimeOf } from './process-table.ts';

/** A pid alone does not identify a process. */
interface Identity {
  pid: number;
  startTime: number;
  bootId: string;
  /** The owner, who must not have changed when it is signalled; null where it was unknown. */
  uid: number | null;
}

const CHECK_MS = 25;

export async function identityOf({ pid, startTime, uid }: Known): Promise<Identity> {
  return { pid, startTime, bootId: await bootId(), uid: uid ?? null };
}

interface Known {
  pid: number;
  startTime: number;
  uid?: number | undefined;
}

export async function isRunning(one: Identity): Promise<boolean> {
  const [startTime, boot] = await Promise.all([startTimeOf(one.pid), bootId()]);
  return startTime === one.startTime && boot === one.bootId;
}

/** Sends TERM to all and KILL to the survivors; resolves when all have exited, or with those that survive KILL. */
export async function terminateProcesses(
  processes: readonly Identity[],
  { termMs, killMs }: { termMs: number; killMs: number },
): Promise<Identity[]> {
  await signal(processes, 'SIGTERM');
  const survivors = await survivorsAfter(processes, termMs);
  await signal(survivors, 'SIGKILL');
  return survivorsAfter(survivors, killMs);
}

async function signal(processes: readonly Identity[], name: NodeJS.Signals): Promise<void> {
  for (const one of processes) {
    // 0 and negative numbers address whole process groups.
    if (one.pid <= 0) continue;
    // Checked right before: the pid may have been reused, or the process may have changed its user. The start comes last:
    // everything read before it then belongs to the same process.
    if (!(await hasOwner(one)) || !(await isRunning(one))) continue;
    try {
      process.kill(one.pid, name);
    } catch {
      // Exited between the check and the signal.
    }
  }
}

/** Whether it still has the same owner; true where the owner was unknown. */
export const hasOwner = async ({ pid, uid }: Identity) => uid === null || (await ownerOf(pid)) === uid;

/** The processes that still run after `ms`; returns an empty list as soon as all have exited. */
export async function survivorsAfter(processes: readonly Identity[], ms: number): Promise<Identity[]> {
  const end = Date.now() + ms;
  for (;;) {
    const running = await Promise.all(processes.map(isRunning));
    const survivors = processes.filter((_, i) => running[i]);
    if (survivors.length === 0 || Date.now() >= end) return survivors;
    await sleep(CHECK_MS);
  }
}

/** Empty in sandboxes that hide it. */
const bootId = () => readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
