import type { TimelineEvent } from '#contract';

/** Events that would lie over each other, as one mark; oldest first. It stands at its newest. */
export interface Cluster {
  time: number;
  events: TimelineEvent[];
}

/** Whatever lies within `leastMs` of a mark's newest event joins it, so that marks are never closer than that. */
export function clusters(events: readonly TimelineEvent[], leastMs: number): Cluster[] {
  const made: Cluster[] = [];
  for (const event of [...events].sort((a, b) => b.time - a.time)) {
    const last = made.at(-1);
    if (last && last.time - event.time < leastMs) last.events.unshift(event);
    else made.push({ time: event.time, events: [event] });
  }
  return made.reverse();
}

/** An event of a GPU stands on that GPU's chart, one of nobody's on each. */
export const eventsOn = (events: readonly TimelineEvent[], source: string) =>
  events.filter(({ gpuUuid }) => gpuUuid === null || gpuUuid === undefined || gpuUuid === source);

const worst = ['out_of_memory', 'crashed', 'xid', 'telemetry_lost', 'alert'] as const;

/** Whose colour a mark of several has. */
export const leading = ({ events }: Cluster): TimelineEvent['kind'] =>
  worst.find((kind) => events.some((event) => event.kind === kind)) ?? events.at(-1)?.kind ?? 'ready';

export interface Area {
  x: number;
  y: number;
  width: number;
  height: number;
}

const ROWS = 3;
const LETTER_PX = 6.4;
const PADDING_PX = 8;

/** How many Latin letters a word is as wide as: a Chinese character is nearly two. */
export const lettersOf = (word: string) => word.length + (word.match(/\p{Script=Han}/gu)?.length ?? 0);

/**
 * In which row each word stands so that none lies over another, and whether it stands to the left of its line (at the
 * right edge). Null: there is no room, a dot has to do. The newest choose first.
 */
export function rowsFor(marks: readonly { at: number; letters: number }[], area: Pick<Area, 'x' | 'width'>) {
  const taken: [number, number][][] = Array.from({ length: ROWS }, () => []);
  const right = area.x + area.width;
  const choose = ({ at, letters }: { at: number; letters: number }) => {
    const width = letters * LETTER_PX + PADDING_PX;
    const left = at + width > right;
    const [from, to] = left ? [at - width, at] : [at, at + width];
    const row = at < area.x ? -1 : taken.findIndex((spans) => spans.every(([a, b]) => to <= a || from >= b));
    taken[row]?.push([from, to]);
    return { row: row === -1 ? null : row, left, from, to };
  };
  return [...marks].reverse().map(choose).reverse();
}
