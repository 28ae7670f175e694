import { useCallback, useSyncExternalStore } from 'react';
import { now } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';
import { ticks } from '../../transport/index.ts';
import { staleFor } from './staleness.ts';

const CHECK_MS = 1_000;

/** The age of the latest samples in whole seconds, as milliseconds, if they are stale; else null. See staleFor. */
export function useStale(): number | null {
  const askedMs = usePanelState(({ telemetry }) => telemetry.collection.askedMs);
  const reachedMs = usePanelState(({ telemetry }) => telemetry.collection.reachedMs);
  const read = useCallback(() => {
    const ageMs = staleFor(now(), ticks.latest()?.time ?? null, { askedMs, reachedMs });
    return ageMs === null ? null : Math.round(ageMs / CHECK_MS) * CHECK_MS;
  }, [askedMs, reachedMs]);
  return useSyncExternalStore(subscribe, read);
}

function subscribe(listener: () => void) {
  const unsubscribe = ticks.onChange(listener);
  const timer = setInterval(listener, CHECK_MS);
  return () => {
    unsubscribe();
    clearInterval(timer);
  };
}
