import type { GpuProcess } from '#contract';
import { commandOf, containerOf, executableOf, type ProcessInfo, processOf, statOf } from '../../proc/index.ts';
import { ownerAndStart } from './parse-processes.ts';

export type Facts = Pick<GpuProcess, 'user' | 'since' | 'startTime' | 'parentPid' | 'command' | 'container'> & {
  /** From /proc; null where it is unavailable. */
  info: (ProcessInfo & { executable: string | null }) | null;
};

export const unknownFacts: Facts = {
  user: null,
  since: null,
  startTime: null,
  parentPid: null,
  command: null,
  container: null,
  info: null,
};

export interface ProcessFacts {
  of(listed: { pid: number; name: string }): Promise<Facts>;
  /** Discards all but these. */
  keep(pids: readonly number[]): void;
}

/**
 * Caches what the system reports about a process on a GPU. What never changes in its life is read once: with each list
 * only one small file per process is read. A new name from nvidia-smi means another program in the same process (exec),
 * or a new title: then everything is read again.
 */
export function createProcessFacts(): ProcessFacts {
  const known = new Map<number, { name: string; facts: Facts }>();
  return {
    async of({ pid, name }) {
      const now = await statOf(pid);
      if (!now) return unknownFacts;
      const before = known.get(pid);
      // Its parent may have changed.
      if (before?.name === name && before.facts.startTime === now.startTime)
        return { ...before.facts, parentPid: now.parent };
      const facts = await read(pid);
      if (facts.info) known.set(pid, { name, facts });
      return facts;
    },
    keep(pids) {
      const current = new Set(pids);
      for (const pid of known.keys()) if (!current.has(pid)) known.delete(pid);
    },
  };
}

async function read(pid: number): Promise<Facts> {
  const [found, container, executable] = await Promise.all([processOf(pid), containerOf(pid), executableOf(pid)]);
  if (!found) return unknownFacts;
  const info = { ...found, executable };
  return { ...(await ownerAndStart(info)), parentPid: info.parent, command: commandOf(info), container, info };
}
