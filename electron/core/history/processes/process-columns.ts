import type { ProcessWindow, ProcessWindowRequest } from '#contract';
import type { ProcessLine, ProcessOnGpu } from './process-line.ts';

interface ProcessColumns {
  /** Adds the lines in the order in which they were written. */
  add(line: ProcessLine): void;
  /** `end`: until when the last line is known to hold; null where it is unknown. */
  result(end: number | null): ProcessWindow;
}

/** The memory of a process since its last change. */
interface Holding extends ProcessOnGpu {
  usedMiB: number;
  since: number;
}

/** All holdings of one process in the window. */
interface Drawn {
  process: ProcessOnGpu;
  columns: Map<number, number>;
  maxMiB: number;
}

const MAX_PROCESSES = 16;

/** The maximum memory of each process per column, carried forward from line to line until the process exits or a gap begins. */
export function createProcessColumns(request: ProcessWindowRequest, gapMs: number): ProcessColumns {
  const { gpuUuid, from, to, width } = request;
  const columnMs = (to - from) / width;
  let holdings = new Map<number, Holding>();
  let last: number | null = null;
  /** By pid and start time: each panel uses its own short ids. */
  const drawn = new Map<string, Drawn>();

  const draw = ({ since, usedMiB, ...process }: Holding, until: number) => {
    if (until < from || since >= to) return;
    const key = `${process.pid} ${process.startTime}`;
    const own = drawn.get(key) ?? { process, columns: new Map<number, number>(), maxMiB: 0 };
    drawn.set(key, own);
    own.maxMiB = Math.max(own.maxMiB, usedMiB);
    const first = Math.max(0, Math.floor((since - from) / columnMs));
    const end = Math.min(width - 1, Math.floor((until - from) / columnMs));
    for (let column = first; column <= end; column += 1)
      own.columns.set(column, Math.max(usedMiB, own.columns.get(column) ?? 0));
  };
  const drawAll = (until: number) => {
    for (const one of holdings.values()) draw(one, until);
  };
  /** After a gap, or when the clock was set back, earlier holdings end with the last line. */
  const breakAt = (time: number) => {
    if (last === null || (time >= last && time - last <= gapMs)) return;
    drawAll(last);
    holdings = new Map();
  };
  const set = (id: number, time: number, usedMiB: number, process?: ProcessOnGpu) => {
    const before = holdings.get(id);
    if (before) draw(before, time);
    const known = process ?? before;
    // Unknown where it came before the first line: the next full line names it.
    if (known) holdings.set(id, { ...known, usedMiB, since: time });
  };

  return {
    add({ time, full, came, moved, gone }) {
      breakAt(time);
      if (full) {
        drawAll(time);
        holdings = new Map();
      }
      // Processes on other GPUs are skipped: their ids are then unknown.
      for (const { id, usedMiB, ...process } of came) if (process.gpuUuid === gpuUuid) set(id, time, usedMiB, process);
      for (const [id, usedMiB] of moved) set(id, time, usedMiB);
      for (const id of gone) {
        const one = holdings.get(id);
        if (one) draw(one, time);
        holdings.delete(id);
      }
      last = time;
    },
    result(end) {
      if (last !== null) drawAll(end !== null && end >= last && end - last <= gapMs ? Math.min(end, to) : last);
      const largest = [...drawn.values()].sort((a, b) => b.maxMiB - a.maxMiB).slice(0, MAX_PROCESSES);
      return { columnMs, list: largest.map(resultOf) };
    },
  };
}

function resultOf({ process, columns }: Drawn): ProcessWindow['list'][number] {
  const { pid, startTime, name, user, ours } = process;
  const at = [...columns.keys()].sort((a, b) => a - b);
  return { pid, startTime, name, user, ours, at, maxMiB: at.map((column) => columns.get(column) ?? 0) };
}
