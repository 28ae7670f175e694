import type { TimelineEvent } from '#contract';
import type { Area } from '../area.ts';

/** Events whose marks would overlap, oldest first; its mark is at the newest. */
export interface Cluster {
  time: number;
  events: TimelineEvent[];
}

/** Groups events within `minGapMs` of a cluster's newest, so that marks are at least that far apart. */
export function clusterEvents(events: readonly TimelineEvent[], minGapMs: number): Cluster[] {
  const clusters: Cluster[] = [];
  for (const event of [...events].sort((a, b) => b.time - a.time)) {
    const last = clusters.at(-1);
    if (last && last.time - event.time < minGapMs) last.events.unshift(event);
    else clusters.push({ time: event.time, events: [event] });
  }
  return clusters.reverse();
}

/** The events of one GPU's chart: its own, and those of no GPU. */
export const eventsOn = (events: readonly TimelineEvent[], uuid: string) =>
  events.filter(({ gpuUuid }) => gpuUuid === null || gpuUuid === undefined || gpuUuid === uuid);

const worst = ['out_of_memory', 'crashed', 'xid', 'telemetry_lost', 'alert'] as const;

/** The kind that gives a cluster its colour: the worst, else the newest. */
export const leadingKind = ({ events }: Cluster): TimelineEvent['kind'] =>
  worst.find((kind) => events.some((event) => event.kind === kind)) ?? events.at(-1)?.kind ?? 'ready';

const ROWS = 3;
const LETTER_PX = 6.4;
const PADDING_PX = 8;

/** A label's width in Latin letters; a Chinese character is nearly two. */
export const widthInLetters = (label: string) => label.length + (label.match(/\p{Script=Han}/gu)?.length ?? 0);

/**
 * Places labels in rows so that none overlap, the newest first; `left` puts one to the left of its line, at the right edge.
 * A `row` of null means no room for the label.
 */
export function labelRows(marks: readonly { at: number; letters: number }[], area: Pick<Area, 'x' | 'width'>) {
  const occupied: [number, number][][] = Array.from({ length: ROWS }, () => []);
  const right = area.x + area.width;
  const place = ({ at, letters }: { at: number; letters: number }) => {
    const width = letters * LETTER_PX + PADDING_PX;
    const left = at + width > right;
    const [from, to] = left ? [at - width, at] : [at, at + width];
    const row = at < area.x ? -1 : occupied.findIndex((spans) => spans.every(([a, b]) => to <= a || from >= b));
    occupied[row]?.push([from, to]);
    return { row: row === -1 ? null : row, left, from, to };
  };
  return [...marks].reverse().map(place).reverse();
}
