import { readFile } from 'node:fs/promises';

/**
 * The kernel's count of out-of-memory kills around this process, or null where it is unavailable. The control group's own
 * counter comes first, since it includes system-wide kills inside the group; /proc/vmstat counts the whole machine and is
 * the fallback without a group.
 */
export async function readOomKills(read = readText): Promise<number | null> {
  for (const file of [...countersOf((await read('/proc/self/cgroup')) ?? ''), '/proc/vmstat']) {
    const count = countIn((await read(file)) ?? '');
    if (count !== null) return count;
  }
  return null;
}

/** By how much the count rose since `before`; 0 where it is unavailable. */
export async function oomKillsSince(before: number | null): Promise<number> {
  const now = await readOomKills();
  return before === null || now === null ? 0 : Math.max(0, now - before);
}

/** The files that may hold the counter, from the lines of /proc/self/cgroup of cgroup v1 or v2. */
export function countersOf(cgroup: string): string[] {
  const rows = cgroup.split('\n').map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line));
  return rows.flatMap((row) => {
    const [, controllers = '', path = ''] = row ?? [];
    if (row && controllers === '') return [`/sys/fs/cgroup${path}/memory.events`];
    if (!controllers.split(',').includes('memory')) return [];
    // A container sees its own group at the root of the mount, whatever the path.
    return [`/sys/fs/cgroup/memory${path}/memory.oom_control`, '/sys/fs/cgroup/memory/memory.oom_control'];
  });
}

function countIn(text: string): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    // Another system, or another cgroup version.
    return null;
  }
}
