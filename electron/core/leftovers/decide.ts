import { basename } from 'node:path';
import { argumentsAfter, isDisplayServer, type ProcessInfo } from '../proc/index.ts';

interface LeftoverPlace {
  /** The resolved data folder; a process has its own in HEADROOM_HOME. */
  home: string;
  uid: number;
  /** The searching panel and its ancestors. */
  protectedPids: ReadonlySet<number>;
}

/**
 * Leftover processes of an earlier panel of this data folder: this user's processes with the marker of a start whose
 * guardian has exited. The same rule as in python/clearing/leftovers.py, except that a server without its guardian still
 * owns its marker there; here two scans must find it unguarded, because a panel replaces a guardian at once.
 */
export function leftoversIn(found: readonly ProcessInfo[], { home, uid, protectedPids }: LeftoverPlace): ProcessInfo[] {
  const guarded = guardedMarkers(found);
  return found.filter(
    (process) =>
      process.marker !== null &&
      process.home === home &&
      process.uid === uid &&
      !guarded.has(process.marker) &&
      !protectedPids.has(process.pid) &&
      !isDisplayServer(process.args[0] ?? ''),
  );
}

/** The processes that are in both scans; a reused pid does not count. */
export function inBoth(first: readonly ProcessInfo[], second: readonly ProcessInfo[]): ProcessInfo[] {
  const known = new Set(first.map(key));
  return second.filter((process) => known.has(key(process)));
}

const key = ({ pid, startTime }: ProcessInfo) => `${pid} ${startTime}`;

/** The markers of running starts: each guardian has its marker as its argument. */
export const guardedMarkers = (found: readonly ProcessInfo[]) =>
  new Set(found.flatMap(({ args }) => argumentsAfter(args, 'guardian.py')));

/**
 * Files in run/ that belong to no running process: port and steps files by their marker, the socket of a fork server by
 * its path, which is its last argument and in the environment of its users. `names` must be read before `found`: a file
 * is created after its process.
 */
export function deadFiles(names: readonly string[], found: readonly ProcessInfo[]): string[] {
  const running = guardedMarkers(found);
  const sockets = new Set<string>();
  for (const { marker, forkservers, args } of found) {
    if (marker !== null) running.add(marker);
    for (const path of [...forkservers, ...args.slice(-1)]) sockets.add(basename(path));
  }
  return names.filter((name) => {
    const marker = /^\.?([0-9a-f]{32})\.(json|steps|pipe)(\.\d+)?(\.tmp)?$/.exec(name)?.[1];
    if (marker) return !running.has(marker);
    return /^(server|worker|fork)-[0-9a-f]{8}\.sock$/.test(name) && !sockets.has(name);
  });
}
