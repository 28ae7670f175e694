import { basename } from 'node:path';
import { after, drawsScreen, type Seen } from '../proc/index.ts';

export interface LeftoverPlace {
  /** Of this data folder, resolved; a process names its own in HEADROOM_HOME. */
  home: string;
  uid: number;
  /** The panel that looks, and what led to it. */
  spared: ReadonlySet<number>;
}

/**
 * What an earlier panel of this data folder has left: this user's processes that carry the marker of a start whose
 * guardian is gone. The rule of python/clearing/leftovers.py, with one difference: there a server without its guardian
 * still owns its marker; here both looks have to find it unguarded, because a panel replaces a guardian at once.
 */
export function leftoversIn(found: readonly Seen[], { home, uid, spared }: LeftoverPlace): Seen[] {
  const guarded = guardedMarkers(found);
  return found.filter(
    (process) =>
      process.marker !== null &&
      process.home === home &&
      process.uid === uid &&
      !guarded.has(process.marker) &&
      !spared.has(process.pid) &&
      !drawsScreen(process.words[0] ?? ''),
  );
}

/** In both looks the same process: a pid that has passed to another one meanwhile is none. */
export function inBoth(first: readonly Seen[], second: readonly Seen[]): Seen[] {
  const known = new Set(first.map(key));
  return second.filter((process) => known.has(key(process)));
}

const key = ({ pid, startTime }: Seen) => `${pid} ${startTime}`;

/** The markers of living starts: the guardian of each has its marker as its argument. */
export const guardedMarkers = (found: readonly Seen[]) =>
  new Set(found.flatMap(({ words }) => after(words, 'guardian.py')));

/**
 * Files in run/ of starts that nobody carries any more: port and steps by their marker, a fork server's socket by its
 * path, which that server has as its last word and others in their environment. `names` must have been read before
 * `found`: a file is made after the process that needs it.
 */
export function deadFiles(names: readonly string[], found: readonly Seen[]): string[] {
  const alive = guardedMarkers(found);
  const sockets = new Set<string>();
  for (const { marker, forkservers, words } of found) {
    if (marker !== null) alive.add(marker);
    for (const path of [...forkservers, ...words.slice(-1)]) sockets.add(basename(path));
  }
  return names.filter((name) => {
    const marker = /^\.?([0-9a-f]{32})\.(json|steps|pipe)(\.tmp)?$/.exec(name)?.[1];
    if (marker) return !alive.has(marker);
    return /^(server|worker|fork)-[0-9a-f]{8}\.sock$/.test(name) && !sockets.has(name);
  });
}
