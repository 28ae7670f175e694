import type { EventKind, TimelineEvent } from '#contract';

/** The events that a person wants to know of afterwards: they are in the inbox. */
const kept: ReadonlySet<EventKind> = new Set([
  'run_ended',
  'out_of_memory',
  'crashed',
  'alert',
  'xid',
  'telemetry_lost',
  'telemetry_back',
]);

export const isKept = ({ kind }: Pick<TimelineEvent, 'kind'>): boolean => kept.has(kind);

/** The number of kept events since the last visit; before the first visit, since `start`. */
export function unreadIn(events: readonly TimelineEvent[], visitedAt: number | null, start: number): number {
  const after = visitedAt ?? start;
  return events.filter((event) => isKept(event) && event.time > after).length;
}
