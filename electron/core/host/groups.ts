/** A file's text; null where there is none or we may not read it. */
export type Read = (path: string) => string | null;

/** What a control group leaves of memory, in bytes. */
export interface Room {
  limit: number;
  available: number;
}

interface Names {
  limit: string;
  used: string;
  /** Lines of memory.stat, of the group and all below it. */
  cache: readonly string[];
}

const v2: Names = { limit: 'memory.max', used: 'memory.current', cache: ['inactive_file', 'active_file'] };
const v1: Names = {
  ...{ limit: 'memory.limit_in_bytes', used: 'memory.usage_in_bytes' },
  cache: ['total_inactive_file', 'total_active_file'],
};

const ROOT = '/sys/fs/cgroup';
const MEMBERSHIP = '/proc/self/cgroup';

/**
 * Reads the tightest limits around this process: as python/lbs/memory/host.py does for the backend, so that the panel
 * and a refusal of the backend speak of the same memory. Null where no group sets a limit.
 */
export function createGroups(read: Read): () => Room | null {
  let membership: string | null = null;
  let counting: Group[] = [];
  return () => {
    const now = read(MEMBERSHIP) ?? '';
    if (now !== membership) {
      membership = now;
      // Most folders that might have a limit are not there: looked for once, until we are moved.
      counting = groupsIn(now).filter(({ folder, names }) => read(`${folder}/${names.limit}`) !== null);
    }
    const rooms = counting.map((group) => roomIn(group, read)).filter((room) => room !== null);
    if (rooms.length === 0) return null;
    return {
      limit: Math.min(...rooms.map(({ limit }) => limit)),
      available: Math.min(...rooms.map(({ available }) => available)),
    };
  };
}

interface Group {
  folder: string;
  names: Names;
}

/** Our group in each hierarchy that may count memory, and every one above it: each of them may have a limit. */
export function groupsIn(membership: string): Group[] {
  return membership.split('\n').flatMap((line) => {
    const [, number, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    // A container may see its own group as the mount's root and yet be told its name outside: what is not there is
    // passed over. ".." is a group outside of what we can see.
    const parts = path.split('/').filter((part) => part !== '' && part !== '..');
    const above = (mount: string, names: Names) =>
      [...parts, null].map((_, i) => {
        const folder = [mount, ...parts.slice(0, parts.length - i)].join('/');
        return { folder, names };
      });
    // Beside version 1 it is mounted one folder deeper.
    if (number === '0' && controllers === '') return [...above(ROOT, v2), ...above(`${ROOT}/unified`, v2)];
    return controllers.split(',').includes('memory') ? above(`${ROOT}/memory`, v1) : [];
  });
}

/** Cached files count as used there, but give way before anybody is killed. Null where it says `max`. */
function roomIn({ folder, names }: Group, read: Read): Room | null {
  const limit = whole(read(`${folder}/${names.limit}`));
  if (limit === null) return null;
  const used = whole(read(`${folder}/${names.used}`));
  if (used === null) return null;
  return { limit, available: limit - Math.max(0, used - cacheIn(read(`${folder}/memory.stat`) ?? '', names)) };
}

const whole = (text: string | null): number | null => {
  const word = text?.trim() ?? '';
  return /^\d+$/.test(word) ? Number(word) : null;
};

function cacheIn(stat: string, names: Names): number {
  const lines = stat.split('\n').map((line) => line.split(' '));
  return lines.reduce((sum, [name = '', value = '']) => sum + (names.cache.includes(name) ? Number(value) || 0 : 0), 0);
}
