import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ownerOf, startTimeOf } from './process-table.ts';

/** A pid alone identifies nothing. */
export interface Identity {
  pid: number;
  startTime: number;
  bootId: string;
  /** Nobody else's is signalled; null where whose it is was not known. */
  uid: number | null;
}

const LOOK_MS = 25;

export async function identityOf({ pid, startTime, uid }: Known): Promise<Identity> {
  return { pid, startTime, bootId: await bootId(), uid: uid ?? null };
}

interface Known {
  pid: number;
  startTime: number;
  uid?: number | undefined;
}

export async function isThere(one: Identity): Promise<boolean> {
  const [startTime, boot] = await Promise.all([startTimeOf(one.pid), bootId()]);
  return startTime === one.startTime && boot === one.bootId;
}

/** TERM to all, KILL to those that stay; resolves when they are gone, or with those that not even that ended. */
export async function endProcesses(
  those: readonly Identity[],
  { termMs, killMs }: { termMs: number; killMs: number },
): Promise<Identity[]> {
  await signal(those, 'SIGTERM');
  const stubborn = await staying(those, termMs);
  await signal(stubborn, 'SIGKILL');
  return staying(stubborn, killMs);
}

async function signal(those: readonly Identity[], sign: NodeJS.Signals): Promise<void> {
  for (const one of those) {
    // Asked again right before: the pid may have passed to another process since it was looked at, or the process to
    // another user. Its start comes last: what was read before it is then of the same process.
    if (!(await hasOwner(one)) || !(await isThere(one))) continue;
    try {
      process.kill(one.pid, sign);
    } catch {
      // Gone between the look and the shot.
    }
  }
}

/** Does it still belong to whom it belonged to? True where that was not known. */
export const hasOwner = async ({ pid, uid }: Identity) => uid === null || (await ownerOf(pid)) === uid;

/** Those that are still there when the time is over, or none as soon as all are gone. */
export async function staying(those: readonly Identity[], ms: number): Promise<Identity[]> {
  const end = Date.now() + ms;
  for (;;) {
    const there = await Promise.all(those.map(isThere));
    const left = those.filter((_, i) => there[i]);
    if (left.length === 0 || Date.now() >= end) return left;
    await sleep(LOOK_MS);
  }
}

/** Some sandboxes hide it: then pid and start have to do. */
const bootId = () => readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
