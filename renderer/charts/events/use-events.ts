import { useEffect, useMemo, useState } from 'react';
import type { TimelineEvent } from '#contract';
import { now } from '../../parts/index.ts';
import { core, usePanelState } from '../../store.ts';
import { share } from '../../transport/index.ts';
import { poll } from '../feed/feed.ts';
import { isLive, refreshMs, spanAt, useRange } from '../feed/range.ts';

/** For the polling interval only: the state has new events at once. */
const WIDTH_PX = 800;
const none: readonly TimelineEvent[] = [];

/**
 * The events of the range: the state's newest, and for longer ranges earlier ones from the history. If the history fails,
 * only the newest are shown; the charts show the error.
 */
export function useEvents(): readonly TimelineEvent[] {
  const range = useRange((state) => state.range);
  const newest = usePanelState((state) => state.events);
  const [earlier, setEarlier] = useState(none);
  useEffect(() => {
    setEarlier(none);
    if (isLive(range)) return;
    return poll({
      fetch: () => {
        const { from, to } = spanAt(range, now());
        return core.call('history.events', { from: Math.floor(from), to: Math.ceil(to) });
      },
      // Most answers repeat the one before, and every chart renders for a new list.
      onData: (found) => setEarlier((old) => share(old, found)),
      onError: () => {},
      intervalMs: refreshMs(range, WIDTH_PX),
    });
  }, [range]);
  return useMemo(() => (earlier.length === 0 ? newest : merge(earlier, newest)), [earlier, newest]);
}

/** Removes duplicates: the newest events are in both lists. */
function merge(earlier: readonly TimelineEvent[], newest: readonly TimelineEvent[]): TimelineEvent[] {
  const keys = new Set<string>();
  return [...earlier, ...newest]
    .filter(({ time, kind, ref, gpuUuid }) => {
      const key = JSON.stringify([time, kind, ref ?? null, gpuUuid ?? null]);
      return !keys.has(key) && keys.add(key);
    })
    .sort((a, b) => a.time - b.time);
}
