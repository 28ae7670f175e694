import type { GpuProcess } from '#contract';

/** One program on one or more GPUs: what nvidia-smi tells once for each of them. */
export interface Program extends GpuProcess {
  /** Every GPU that it is on, with what it holds there. */
  on: { gpuUuid: string; usedMiB: number | null }[];
}

export type ProcessRow =
  | { type: 'program'; program: Program; depth: number }
  /** Programs that only draw and whose memory nobody tells: on Windows each window's own. */
  | { type: 'drawing'; programs: Program[] };

/** As few as these are shown one by one. */
const DRAWING_SHOWN = 3;

/**
 * The rows of the list: one for each program, children under the parent that is listed too, the largest first. `filter`
 * keeps what has that text in its name, command line, user, pid or container, and the parents of what is kept.
 */
export function processRows(processes: readonly GpuProcess[], filter = ''): ProcessRow[] {
  const all = programs(processes);
  const kept = wanted(all, filter);
  const drawing = filter.trim() === '' ? drawingOf(kept) : [];
  const rows = tree(kept.filter((program) => !drawing.includes(program)));
  return drawing.length > 0 ? [...rows, { type: 'drawing', programs: drawing }] : rows;
}

/** A pid alone identifies nothing; with when it began it does. */
export const keyOf = ({ pid, startTime }: Pick<GpuProcess, 'pid' | 'startTime'>) => `${pid} ${startTime ?? ''}`;

/** The same pid on several GPUs, or as compute and as graphics, is one program. */
export function programs(processes: readonly GpuProcess[]): Program[] {
  const found = new Map<string, Program>();
  for (const one of processes) {
    const { gpuUuid, usedMiB, kind } = one;
    const known = found.get(keyOf(one));
    if (!known) found.set(keyOf(one), { ...one, on: [{ gpuUuid, usedMiB }] });
    else
      found.set(keyOf(one), {
        ...known,
        usedMiB: sum(known.usedMiB, usedMiB),
        kind: known.kind === kind ? kind : known.kind && kind ? 'both' : (known.kind ?? kind),
        on: add(known.on, gpuUuid, usedMiB),
      });
  }
  return [...found.values()];
}

function add(on: Program['on'], gpuUuid: string, usedMiB: number | null): Program['on'] {
  if (!on.some((one) => one.gpuUuid === gpuUuid)) return [...on, { gpuUuid, usedMiB }];
  return on.map((one) => (one.gpuUuid === gpuUuid ? { gpuUuid, usedMiB: sum(one.usedMiB, usedMiB) } : one));
}

const sum = (a: number | null, b: number | null) => (a === null || b === null ? (a ?? b) : a + b);

/** A Windows path can hold blanks, and what nvidia-smi could not find out is told in brackets: neither has words behind it. */
const oneWord = (text: string) => /^([a-z]:\\|\[)/i.test(text);

/** What was started, and the words after it. */
function cut(text: string): [string, string[]] {
  if (oneWord(text)) return [text, []];
  const [file = '', ...words] = text.split(' ');
  return [file, words];
}

/** The file that runs, without its folders. */
export function fileOf(text: string): string {
  const [file] = cut(text);
  return file.split(/[/\\]/).at(-1) || file || text;
}

/** The same with the words after it. */
export const programOf = (text: string) => [fileOf(text), ...cut(text)[1]].join(' ');

/** The rest of the command line, where it says more than the name does; whole where it is of another program. */
export function commandOf({ name, command }: Pick<GpuProcess, 'name' | 'command'>): string | null {
  if (command === null || programOf(command) === programOf(name)) return null;
  return fileOf(command) === programOf(name) ? cut(command)[1].join(' ') : command;
}

const texts = ({ name, command, user, pid, container }: Program) => [name, command, user, String(pid), container?.id];

function wanted(all: Program[], filter: string): Program[] {
  const asked = filter.trim().toLowerCase();
  if (asked === '') return all;
  const hit = all.filter((program) => texts(program).some((text) => text?.toLowerCase().includes(asked)));
  const kept = new Set(hit);
  for (const program of hit) for (const above of ancestors(program, all)) kept.add(above);
  return all.filter((program) => kept.has(program));
}

/** Its parents in the list, the nearest first. A pid that was used again can close a circle: it ends there. */
function ancestors(program: Program, all: readonly Program[]): Program[] {
  const found: Program[] = [];
  let above = parentOf(program, all);
  while (above && above !== program && !found.includes(above)) {
    found.push(above);
    above = parentOf(above, all);
  }
  return found;
}

const parentOf = ({ parentPid, pid }: Program, all: readonly Program[]) =>
  parentPid === null || parentPid === pid ? undefined : all.find((other) => other.pid === parentPid);

function drawingOf(all: Program[]): Program[] {
  // Windows calls nearly every window's program one that computes, too.
  const draws = ({ kind }: Program) => kind === 'graphics' || kind === 'both';
  const found = all.filter((program) => draws(program) && program.usedMiB === null && !program.ours);
  return found.length > DRAWING_SHOWN ? found : [];
}

function tree(all: Program[]): ProcessRow[] {
  const parents = new Map(all.map((program) => [program, ancestors(program, all)]));
  // In a circle everybody has a parent: there nobody is a child.
  const circular = (program: Program) => (parents.get(program) ?? []).some((above) => parentOf(above, all) === program);
  const roots = all.filter((program) => parents.get(program)?.length === 0 || circular(program));
  const children = (of: Program) => all.filter((program) => !roots.includes(program) && parentOf(program, all) === of);
  const weight = (program: Program): number =>
    children(program).reduce((total, child) => total + weight(child), program.usedMiB ?? 0);
  const below = (list: Program[], depth: number): ProcessRow[] =>
    [...list]
      .sort((a, b) => weight(b) - weight(a) || a.pid - b.pid)
      .flatMap(
        (program) => [{ type: 'program', program, depth }, ...below(children(program), depth + 1)] as ProcessRow[],
      );
  return below(roots, 0);
}
