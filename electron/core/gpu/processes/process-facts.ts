import type { GpuProcess } from '#contract';
import { commandOf, containerOf, processOf, type Seen, statOf } from '../../proc/index.ts';
import { whoAndSince } from './parse-processes.ts';

export type Facts = Pick<GpuProcess, 'user' | 'since' | 'startTime' | 'parentPid' | 'command' | 'container'> & {
  /** By /proc; null where it is not there. */
  seen: Seen | null;
};

const nothing: Facts = {
  ...{ user: null, since: null, startTime: null, parentPid: null, command: null, container: null, seen: null },
};

export interface FactsBook {
  of(listed: { pid: number; name: string }): Promise<Facts>;
  /** Forgets all but these. */
  keep(pids: readonly number[]): void;
}

/**
 * What the system tells of a process on a GPU. What never changes in its life is read once: the list is asked every few
 * seconds, and each time only one small file of each process is. A name that nvidia-smi tells anew is another program
 * in the same process (exec), or a title that it has given itself: then all is read again.
 */
export function createFactsBook(): FactsBook {
  const known = new Map<number, { name: string; facts: Facts }>();
  return {
    async of({ pid, name }) {
      const now = await statOf(pid);
      if (!now) return nothing;
      const before = known.get(pid);
      // It may have been given to another parent since.
      if (before?.name === name && before.facts.startTime === now.startTime)
        return { ...before.facts, parentPid: now.parent };
      const facts = await read(pid);
      if (facts.seen) known.set(pid, { name, facts });
      return facts;
    },
    keep(pids) {
      const those = new Set(pids);
      for (const pid of known.keys()) if (!those.has(pid)) known.delete(pid);
    },
  };
}

async function read(pid: number): Promise<Facts> {
  const [seen, container] = await Promise.all([processOf(pid), containerOf(pid)]);
  if (!seen) return nothing;
  return { ...(await whoAndSince(seen)), parentPid: seen.parent, command: commandOf(seen), container, seen };
}
