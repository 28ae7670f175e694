import type { GpuProcess } from '#contract';
import { guardedMarkers } from '../leftovers/index.ts';
import { lineOf, ownProcesses, processOf } from '../proc/index.ts';
import { type Listed, whoAndSince } from './processes.ts';
import { sparedBecause } from './spared.ts';

type IsOurs = (pid: number) => boolean | Promise<boolean>;
type Standing = Pick<
  GpuProcess,
  | 'user'
  | 'since'
  | 'startTime'
  | 'ours'
  | 'spared'
  | 'migUuid'
  | 'kind'
  | 'parentPid'
  | 'command'
  | 'container'
  | 'role'
>;

const unknownYet = { migUuid: null, kind: null, parentPid: null, command: null, container: null, role: null };

/** What is known of one process on a GPU beside nvidia-smi's word, for one list: what they share is looked up once. */
export function createStanding(isOurs: IsOurs): (listed: Listed) => Promise<Standing> {
  const above = lineOf(process.pid);
  let guarded: Promise<Set<string>> | null = null;
  const isGuarded = async (marker: string) => {
    guarded ??= ownProcesses().then(guardedMarkers);
    return (await guarded).has(marker);
  };
  return async (listed) => {
    const [seen, ours] = await Promise.all([processOf(listed.pid), isOurs(listed.pid)]);
    const mine = seen !== null && seen.uid === process.getuid?.();
    const panel = (await above).has(listed.pid) || (await lineOf(listed.pid)).has(process.pid);
    // Every process is looked at for another panel's alone: this list is asked for every few seconds.
    const watched = mine && !ours && seen.marker !== null && (await isGuarded(seen.marker));
    const spared = sparedBecause({ listed, seen, mine, ours, panel, guarded: watched });
    return { ...(await whoAndSince(seen)), ...unknownYet, ours, spared };
  };
}
