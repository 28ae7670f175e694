import type { GpuProcess } from '#contract';
import { guardedMarkers } from '../../leftovers/index.ts';
import { lineOf, ownProcesses } from '../../proc/index.ts';
import type { FactsBook } from './process-facts.ts';
import { sparedBecause } from './protected.ts';
import { type Role, roleBy } from './role.ts';

export interface StandingParts {
  isOurs(pid: number): boolean | Promise<boolean>;
  roleOf(pid: number): Role;
  facts: FactsBook;
}

export type Standing = Pick<
  GpuProcess,
  'user' | 'since' | 'startTime' | 'parentPid' | 'command' | 'container' | 'ours' | 'role' | 'spared'
>;

/** What is known of one process on a GPU beside nvidia-smi's word, for one list: what they share is looked up once. */
export function createStanding({ isOurs, roleOf, facts }: StandingParts) {
  let above: Promise<Set<number>> | null = null;
  let guarded: Promise<Set<string>> | null = null;
  const isPanels = async (pid: number) => {
    above ??= lineOf(process.pid);
    return (await above).has(pid) || (await lineOf(pid)).has(process.pid);
  };
  const isGuarded = async (marker: string) => {
    guarded ??= ownProcesses().then(guardedMarkers);
    return (await guarded).has(marker);
  };
  return async (listed: { pid: number; name: string }): Promise<Standing> => {
    const [{ seen, ...rest }, started] = await Promise.all([facts.of(listed), isOurs(listed.pid)]);
    const mine = seen !== null && seen.uid === process.getuid?.();
    const panel = mine && !started && (await isPanels(listed.pid));
    // Every process is looked at for another panel's alone: this list is asked for every few seconds.
    const watched = mine && !started && seen.marker !== null && (await isGuarded(seen.marker));
    const spared = sparedBecause({ listed, seen, mine, ours: started, panel, guarded: watched });
    const byWords = seen && roleBy(seen);
    // A warm parent is of no start: it has a guardian and a marker of its own.
    const ours = started || (panel && byWords === 'spare');
    const role = ours ? (roleOf(listed.pid) ?? byWords ?? (seen && 'child')) : null;
    return { ...rest, ours, role, spared };
  };
}
