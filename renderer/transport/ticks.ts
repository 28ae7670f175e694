import { useSyncExternalStore } from 'react';
import type { Tick } from '#contract';

const KEPT_MS = 600_000;

/** The ticks of the last ten minutes, outside React: charts draw them through refs, so a tick re-renders only what uses it. */
function createTickBuffer() {
  let items: Tick[] = [];
  const listeners = new Set<() => void>();
  return {
    add(added: Tick[], fresh: boolean) {
      if (fresh) items = [];
      items.push(...added);
      const oldest = (items.at(-1)?.time ?? 0) - KEPT_MS;
      const first = items.findIndex((tick) => tick.time >= oldest);
      if (first > 0) items.splice(0, first);
      for (const listener of [...listeners]) listener();
    },
    all: (): readonly Tick[] => items,
    latest: (): Tick | null => items.at(-1) ?? null,
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export const ticks = createTickBuffer();

export const useLatestTick = () => useSyncExternalStore(ticks.onChange, ticks.latest);
