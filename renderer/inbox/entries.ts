import type { Alert, CrashSummary, RecordingFile, TimelineEvent } from '#contract';
import { isKept } from '../unread/index.ts';

export const filters = ['all', 'failures', 'alerts', 'runs', 'recordings'] as const;
export type Filter = (typeof filters)[number];

/** One line of the inbox; `time` in Unix milliseconds. */
export type Entry = { id: string; time: number; level: 'error' | 'warning' | 'info' } & (
  | { kind: 'event'; event: TimelineEvent }
  | { kind: 'alert'; alert: Alert }
  | { kind: 'crash'; crash: CrashSummary }
  | { kind: 'recording'; recording: RecordingFile }
);

export interface Sources {
  events: readonly TimelineEvent[];
  alerts: readonly Alert[];
  crashes: readonly CrashSummary[];
  recordings: readonly RecordingFile[];
}

/** Everything on one timeline, newest first. What has a row of its own is not repeated as an event. */
export function entriesOf({ events, alerts, crashes, recordings }: Sources): Entry[] {
  const own = new Set([...alerts, ...crashes].map(({ id }) => id));
  const list: Entry[] = [
    ...events
      .filter((event) => isKept(event) && !(event.ref && own.has(event.ref)))
      .map((event): Entry => ({ id: eventId(event), time: event.time, level: levelOf(event), kind: 'event', event })),
    ...alerts.map((alert): Entry => ({ id: alert.id, time: alert.since, level: alert.level, kind: 'alert', alert })),
    ...crashes.map((crash): Entry => ({ id: crash.id, time: crash.time, level: 'error', kind: 'crash', crash })),
    ...recordings.map(
      (recording): Entry => ({ id: recording.name, time: recording.time, level: 'info', kind: 'recording', recording }),
    ),
  ];
  return list.sort((a, b) => b.time - a.time);
}

const eventId = ({ time, kind, ref, gpuUuid }: TimelineEvent) => [time, kind, ref ?? '', gpuUuid ?? ''].join(' ');

function levelOf({ kind, sentence }: TimelineEvent): Entry['level'] {
  if (kind === 'run_ended') return sentence?.code === 'runs.endedFailed' ? 'error' : 'info';
  if (kind === 'alert' || kind === 'telemetry_lost') return 'warning';
  return kind === 'telemetry_back' ? 'info' : 'error';
}

export function passes(entry: Entry, filter: Filter): boolean {
  const ofRun = entry.kind === 'event' && (entry.event.kind === 'run_ended' || entry.event.kind === 'out_of_memory');
  switch (filter) {
    case 'all':
      return true;
    case 'failures':
      return entry.level === 'error';
    case 'runs':
      return ofRun;
    case 'recordings':
      return entry.kind === 'recording';
    case 'alerts':
      return entry.kind === 'alert' || (entry.kind === 'event' && !ofRun && entry.event.kind !== 'crashed');
  }
}
