/** A file's text; null where it is absent or unreadable. */
export type Read = (path: string) => string | null;

/** The memory that a control group allows, in bytes. */
export interface Room {
  limit: number;
  available: number;
}

interface FileNames {
  limit: string;
  used: string;
  /** Lines of memory.stat that cover the group and its subgroups. */
  cache: readonly string[];
}

const v2: FileNames = { limit: 'memory.max', used: 'memory.current', cache: ['inactive_file', 'active_file'] };
const v1: FileNames = {
  limit: 'memory.limit_in_bytes',
  used: 'memory.usage_in_bytes',
  cache: ['total_inactive_file', 'total_active_file'],
};

const ROOT = '/sys/fs/cgroup';
const MEMBERSHIP = '/proc/self/cgroup';

/**
 * Reads the tightest limits around this process, as the backend's host memory module does, so that both use the same
 * numbers. Null where no group sets a limit.
 */
export function createGroups(read: Read): () => Room | null {
  let membership: string | null = null;
  let limiting: Group[] = [];
  return () => {
    const now = read(MEMBERSHIP) ?? '';
    if (now !== membership) {
      membership = now;
      // Most of these folders do not exist: checked once per membership.
      limiting = groupsIn(now).filter(({ folder, names }) => read(`${folder}/${names.limit}`) !== null);
    }
    const rooms = limiting.map((group) => roomIn(group, read)).filter((room) => room !== null);
    if (rooms.length === 0) return null;
    return {
      limit: Math.min(...rooms.map(({ limit }) => limit)),
      available: Math.min(...rooms.map(({ available }) => available)),
    };
  };
}

interface Group {
  folder: string;
  names: FileNames;
}

/** Our group in each hierarchy with a memory controller, and its ancestors: each may have a limit. */
export function groupsIn(membership: string): Group[] {
  return membership.split('\n').flatMap((line) => {
    const [, number, controllers = '', path = ''] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
    // A container may see its own group as the mount's root, but its name outside: missing folders are skipped. ".." is a
    // group outside of the visible hierarchy.
    const parts = path.split('/').filter((part) => part !== '' && part !== '..');
    const above = (mount: string, names: FileNames) =>
      [...parts, null].map((_, i) => {
        const folder = [mount, ...parts.slice(0, parts.length - i)].join('/');
        return { folder, names };
      });
    // In hybrid mode v2 is mounted one folder deeper.
    if (number === '0' && controllers === '') return [...above(ROOT, v2), ...above(`${ROOT}/unified`, v2)];
    return controllers.split(',').includes('memory') ? above(`${ROOT}/memory`, v1) : [];
  });
}

/** The page cache counts as used, but is reclaimed before an OOM kill. Null where the limit is `max`. */
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

function cacheIn(stat: string, names: FileNames): number {
  const lines = stat.split('\n').map((line) => line.split(' '));
  return lines.reduce((sum, [name = '', value = '']) => sum + (names.cache.includes(name) ? Number(value) || 0 : 0), 0);
}
