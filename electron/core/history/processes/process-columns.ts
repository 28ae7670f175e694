import type { ProcessWindow, ProcessWindowRequest } from '#contract';
import type { Party, ProcessLine } from './process-line.ts';

export interface ProcessColumns {
  /** Each line in the order in which it was written. */
  take(line: ProcessLine): void;
  /** `end`: up to when the last line is known to have held; null where only the line itself tells. */
  result(end: number | null): ProcessWindow;
}

interface Standing extends Party {
  usedMiB: number;
  /** From when on it has held so much. */
  since: number;
}

const MOST = 16;

/** What each process held at most in each column, carried forward from line to line until it went, or nobody looked. */
export function createProcessColumns(request: ProcessWindowRequest, gapMs: number): ProcessColumns {
  const { gpuUuid, from, to, width } = request;
  const columnMs = (to - from) / width;
  let standing = new Map<number, Standing>();
  let last: number | null = null;
  /** By pid and start time: a new panel numbers them anew. */
  const drawn = new Map<string, { party: Party; columns: Map<number, number>; most: number }>();

  const draw = ({ since, usedMiB, ...party }: Standing, until: number) => {
    if (until < from || since >= to) return;
    const key = `${party.pid} ${party.startTime}`;
    const own = drawn.get(key) ?? { party, columns: new Map<number, number>(), most: 0 };
    drawn.set(key, own);
    own.most = Math.max(own.most, usedMiB);
    const first = Math.max(0, Math.floor((since - from) / columnMs));
    const end = Math.min(width - 1, Math.floor((until - from) / columnMs));
    for (let column = first; column <= end; column += 1)
      own.columns.set(column, Math.max(usedMiB, own.columns.get(column) ?? 0));
  };
  const drawAll = (until: number) => {
    for (const one of standing.values()) draw(one, until);
  };
  /** Nobody looked for a while, or the clock was set back: what held before held until the last look. */
  const breakAt = (time: number) => {
    if (last === null || (time >= last && time - last <= gapMs)) return;
    drawAll(last);
    standing = new Map();
  };
  const set = (id: number, time: number, usedMiB: number, party?: Party) => {
    const before = standing.get(id);
    if (before) draw(before, time);
    const whose = party ?? before;
    // One that came before the first line that was read: the next full line tells who it is.
    if (whose) standing.set(id, { ...whose, usedMiB, since: time });
  };

  return {
    take({ time, full, came, moved, gone }) {
      breakAt(time);
      if (full) {
        drawAll(time);
        standing = new Map();
      }
      // Of the other GPUs nothing is remembered: what moves there is then unknown here.
      for (const { id, usedMiB, ...party } of came) if (party.gpuUuid === gpuUuid) set(id, time, usedMiB, party);
      for (const [id, usedMiB] of moved) set(id, time, usedMiB);
      for (const id of gone) {
        const one = standing.get(id);
        if (one) draw(one, time);
        standing.delete(id);
      }
      last = time;
    },
    result(end) {
      if (last !== null) drawAll(end !== null && end >= last && end - last <= gapMs ? Math.min(end, to) : last);
      const largest = [...drawn.values()].sort((a, b) => b.most - a.most).slice(0, MOST);
      return { columnMs, list: largest.map(told) };
    },
  };
}

function told({ party, columns }: { party: Party; columns: Map<number, number> }): ProcessWindow['list'][number] {
  const { pid, startTime, name, user, ours } = party;
  const at = [...columns.keys()].sort((a, b) => a - b);
  return { pid, startTime, name, user, ours, at, maxMiB: at.map((column) => columns.get(column) ?? 0) };
}
