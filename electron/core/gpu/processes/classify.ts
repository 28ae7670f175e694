import type { GpuProcess } from '#contract';
import { guardedMarkers } from '../../leftovers/index.ts';
import { ancestorsOf, ownProcesses } from '../../proc/index.ts';
import { type ProcessFacts, unknownFacts } from './process-facts.ts';
import { protectionOf } from './protected.ts';
import { type Role, roleByCommand } from './role.ts';
import { isSameProgram } from './same-program.ts';

interface ClassifierOptions {
  isOurs(pid: number): boolean | Promise<boolean>;
  roleOf(pid: number): Role;
  facts: ProcessFacts;
}

type Classified = Pick<
  GpuProcess,
  'user' | 'since' | 'startTime' | 'parentPid' | 'command' | 'container' | 'ours' | 'role' | 'protection'
>;

/**
 * Classifies the processes of one list beyond what nvidia-smi reports; shared facts are read once. Null for a process that
 * has exited: `expected` is the start time that it must have.
 */
export function createClassifier({ isOurs, roleOf, facts }: ClassifierOptions) {
  let ancestors: Promise<Set<number>> | null = null;
  let guarded: Promise<Set<string>> | null = null;
  const isPanels = async (pid: number) => {
    ancestors ??= ancestorsOf(process.pid);
    return (await ancestors).has(pid) || (await ancestorsOf(pid)).has(process.pid);
  };
  const isGuarded = async (marker: string) => {
    guarded ??= ownProcesses().then(guardedMarkers);
    return (await guarded).has(marker);
  };
  return async (listed: { pid: number; name: string }, expected: number | null): Promise<Classified | null> => {
    const [local, marked] = await Promise.all([facts.of(listed), isOurs(listed.pid)]);
    // A process that only `-q -x` listed may have exited since.
    if (expected !== null && expected !== local.startTime) return null;
    const same = local.info && isSameProgram(listed.name, local.info);
    // The local process with this pid is another one, unless it carries our marker.
    const foreign = local.info !== null && !(same ?? marked);
    const { info, ...rest } = foreign ? unknownFacts : local;
    const started = marked && !foreign;
    const mine = info !== null && info.uid === process.getuid?.();
    const panel = mine && !started && (await isPanels(listed.pid));
    // Only a process with a foreign marker needs the scan of all processes.
    const guardedByOther = mine && !started && info.marker !== null && (await isGuarded(info.marker));
    const protection = protectionOf({ listed, info, mine, ours: started, panel, guarded: guardedByOther });
    const byCommand = info && roleByCommand(info);
    // A warm parent belongs to no start: it has its own guardian and marker.
    const ours = started || (panel && byCommand === 'spare');
    const role = ours ? (roleOf(listed.pid) ?? byCommand ?? (info && 'child')) : null;
    return { ...rest, ours, role, protection };
  };
}
