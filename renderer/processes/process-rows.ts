import type { GpuProcess } from '#contract';

/** One program on one or more GPUs; nvidia-smi lists it once per GPU. */
export interface Program extends GpuProcess {
  /** Every GPU it uses, with its memory there. */
  on: { gpuUuid: string; usedMiB: number | null }[];
}

export type ProcessRow =
  | { type: 'program'; program: Program; depth: number }
  /** Graphics programs without known memory: on Windows one for each window. */
  | { type: 'graphics'; programs: Program[] };

/** More graphics programs than this are grouped. */
const MAX_UNGROUPED = 3;

/**
 * The rows of the process list: one per program, children under their listed parent, the largest first. `filter` keeps the
 * programs with that text in their name, command line, user, pid or container, and their parents.
 */
export function processRows(processes: readonly GpuProcess[], filter = ''): ProcessRow[] {
  const matching = filtered(programs(processes), filter.trim().toLowerCase());
  const graphics = filter.trim() === '' ? groupedGraphics(matching) : [];
  const rows = tree(matching.filter((program) => !graphics.includes(program)));
  return graphics.length > 0 ? [...rows, { type: 'graphics', programs: graphics }] : rows;
}

/** The largest programs, without their place in the tree: what holds the memory, at a glance. */
export function largestRows(processes: readonly GpuProcess[], count: number): ProcessRow[] {
  const bySize = programs(processes).sort((a, b) => (b.usedMiB ?? -1) - (a.usedMiB ?? -1) || a.pid - b.pid);
  return bySize.slice(0, count).map((program) => ({ type: 'program', program, depth: 0 }));
}

/** Identifies a process: a pid alone may be reused, or unavailable. */
export const keyOf = ({ pid, startTime, name }: Pick<GpuProcess, 'pid' | 'startTime' | 'name'>) =>
  `${pid} ${startTime ?? name}`;

/** Joins the entries of a process on several GPUs, or as both compute and graphics. */
export function programs(processes: readonly GpuProcess[]): Program[] {
  const found = new Map<string, Program>();
  for (const process of processes) {
    const { gpuUuid, usedMiB, kind } = process;
    const known = found.get(keyOf(process));
    if (!known) found.set(keyOf(process), { ...process, on: [{ gpuUuid, usedMiB }] });
    else
      found.set(keyOf(process), {
        ...known,
        usedMiB: sum(known.usedMiB, usedMiB),
        kind: known.kind === kind ? kind : known.kind && kind ? 'both' : (known.kind ?? kind),
        on: add(known.on, gpuUuid, usedMiB),
      });
  }
  return [...found.values()];
}

function add(on: Program['on'], gpuUuid: string, usedMiB: number | null): Program['on'] {
  if (!on.some((entry) => entry.gpuUuid === gpuUuid)) return [...on, { gpuUuid, usedMiB }];
  return on.map((entry) => (entry.gpuUuid === gpuUuid ? { gpuUuid, usedMiB: sum(entry.usedMiB, usedMiB) } : entry));
}

const sum = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : a + b);

const textsOf = ({ name, command, user, pid, container }: Program) => [name, command, user, String(pid), container?.id];

function filtered(all: Program[], filter: string): Program[] {
  if (filter === '') return all;
  const matches = all.filter((program) => textsOf(program).some((text) => text?.toLowerCase().includes(filter)));
  const kept = new Set(matches.flatMap((program) => [program, ...ancestors(program, all)]));
  return all.filter((program) => kept.has(program));
}

/** The listed ancestors, nearest first. A reused pid can close a cycle, where the search ends. */
function ancestors(program: Program, all: readonly Program[]): Program[] {
  const found: Program[] = [];
  let parent = parentOf(program, all);
  while (parent && parent !== program && !found.includes(parent)) {
    found.push(parent);
    parent = parentOf(parent, all);
  }
  return found;
}

const parentOf = ({ parentPid, pid }: Program, all: readonly Program[]) =>
  parentPid === null || parentPid === pid ? undefined : all.find((other) => other.pid === parentPid);

function groupedGraphics(all: Program[]): Program[] {
  // Windows lists nearly every windowed program as compute, too.
  const isGraphics = ({ kind }: Program) => kind === 'graphics' || kind === 'both';
  const found = all.filter((program) => isGraphics(program) && program.usedMiB === null && !program.ours);
  return found.length > MAX_UNGROUPED ? found : [];
}

function tree(all: Program[]): ProcessRow[] {
  const ancestorsOf = new Map(all.map((program) => [program, ancestors(program, all)]));
  // Everyone in a cycle has a parent, so all of its programs become roots.
  const inCycle = (program: Program) =>
    (ancestorsOf.get(program) ?? []).some((ancestor) => parentOf(ancestor, all) === program);
  const roots = all.filter((program) => ancestorsOf.get(program)?.length === 0 || inCycle(program));
  const childrenOf = (parent: Program) =>
    all.filter((program) => !roots.includes(program) && parentOf(program, all) === parent);
  const weight = (program: Program): number =>
    childrenOf(program).reduce((total, child) => total + weight(child), program.usedMiB ?? 0);
  const rowsOf = (list: Program[], depth: number): ProcessRow[] =>
    [...list]
      .sort((a, b) => weight(b) - weight(a) || a.pid - b.pid)
      .flatMap((program): ProcessRow[] => [
        { type: 'program', program, depth },
        ...rowsOf(childrenOf(program), depth + 1),
      ]);
  return rowsOf(roots, 0);
}
