import { useEffect, useMemo, useState } from 'react';
import type { CrashSummary, PanelError, RecordingFile, TimelineEvent } from '#contract';
import { useCrashReports } from '../crashes/index.ts';
import { now, useCommand } from '../parts/index.ts';
import { useRecordingFiles } from '../replay/index.ts';
import { usePanelState } from '../store.ts';
import { type Entry, entriesOf } from './entries.ts';

const KEPT_MS = 30 * 24 * 3_600_000;
const noCrashes: readonly CrashSummary[] = [];
const noRecordings: readonly RecordingFile[] = [];

/** Everything of the last 30 days; null until the first answer. New events are added as they happen. */
export function useEntries(): { entries: Entry[] | null; error: PanelError | null; refresh(): void } {
  const earlier = useEarlierEvents();
  const recent = usePanelState((state) => state.events);
  const alerts = usePanelState((state) => state.alerts.list);
  const crashes = useCrashReports();
  const recordings = useRecordingFiles();
  const entries = useMemo(() => {
    if (!earlier.events) return null;
    const newest = earlier.events.at(-1)?.time ?? 0;
    const events = [...earlier.events, ...recent.filter(({ time }) => time > newest)];
    return entriesOf({
      events,
      alerts,
      crashes: crashes.rows ?? noCrashes,
      recordings: recordings.files ?? noRecordings,
    });
  }, [earlier.events, recent, alerts, crashes.rows, recordings.files]);
  return {
    entries,
    error: earlier.error ?? crashes.error ?? recordings.error,
    refresh() {
      crashes.refresh();
      recordings.refresh();
    },
  };
}

function useEarlierEvents() {
  const { run, error } = useCommand('history.events');
  const [events, setEvents] = useState<TimelineEvent[] | null>(null);
  useEffect(() => {
    const to = now();
    void run({ from: to - KEPT_MS, to }).then((found) => found && setEvents(found));
  }, [run]);
  return { events, error };
}
