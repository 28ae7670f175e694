import { readFile } from 'node:fs/promises';

/**
 * How often the kernel has killed for lack of memory where this process lives, or null where nobody can tell. The
 * control group's own counter comes first, since it counts the machine's kills in the group too; /proc/vmstat counts
 * the whole machine and stands in where there is no group.
 */
export async function readOomKills(read = readText): Promise<number | null> {
  for (const file of [...countersOf((await read('/proc/self/cgroup')) ?? ''), '/proc/vmstat']) {
    const count = countIn((await read(file)) ?? '');
    if (count !== null) return count;
  }
  return null;
}

/** By how much it rose since `before`; 0 where nobody can tell. */
export async function oomKillsSince(before: number | null): Promise<number> {
  const now = await readOomKills();
  return before === null || now === null ? 0 : Math.max(0, now - before);
}

/** The files that may hold the counter, by the lines of /proc/self/cgroup, in either version of control groups. */
export function countersOf(cgroup: string): string[] {
  const rows = cgroup.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  return rows.flatMap((row) => {
    const [, controllers = '', path = ''] = row ?? [];
    if (row && controllers === '') return [`/sys/fs/cgroup${path}/memory.events`];
    if (!controllers.split(',').includes('memory')) return [];
    // A container sees its own group at the root of the mount, whatever the path says.
    return [`/sys/fs/cgroup/memory${path}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control'];
  });
}

export function countIn(text: string): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // Another system, or another version of control groups.
    return null;
  }
}
