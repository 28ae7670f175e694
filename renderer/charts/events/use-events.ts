import { useEffect, useMemo, useState } from 'react';
import type { TimelineEvent } from '#contract';
import { now } from '../../parts/index.ts';
import { core, usePanelState } from '../../store.ts';
import { poll } from '../feed/feed.ts';
import { isLive, refreshMs, spanAt, useRange } from '../feed/range.ts';

/** As many as pixels matter: events come seldom, and the state tells of new ones at once. */
const WIDTH = 800;

/**
 * What happened in the range: the state's newest, and for longer ranges what the history tells of earlier ones. Where the
 * history cannot be asked the newest are shown; the charts say why.
 */
export function useShownEvents(): readonly TimelineEvent[] {
  const range = useRange((state) => state.range);
  const newest = usePanelState((state) => state.events);
  const [kept, setKept] = useState<readonly TimelineEvent[]>([]);
  useEffect(() => {
    setKept([]);
    if (isLive(range)) return;
    return poll({
      ask: () => {
        const { from, to } = spanAt(range, now());
        return core.call('history.events', { from: Math.floor(from), to: Math.ceil(to) });
      },
      answered: setKept,
      failed: () => {},
      everyMs: refreshMs(range, WIDTH),
    });
  }, [range]);
  return useMemo(() => joined(kept, newest), [kept, newest]);
}

/** The newest are in both. */
export function joined(kept: readonly TimelineEvent[], newest: readonly TimelineEvent[]): TimelineEvent[] {
  const seen = new Set<string>();
  return [...kept, ...newest]
    .filter(({ time, kind, ref, gpuUuid }) => {
      const key = JSON.stringify([time, kind, ref ?? null, gpuUuid ?? null]);
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => a.time - b.time);
}
