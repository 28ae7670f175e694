import type { StreamItem, StreamName } from '#contract';

/** One append-only stream as a shell sees it. */
export interface PanelStream<N extends StreamName> {
  /** What the core still holds, oldest first. */
  backlog(): readonly StreamItem<N>[];
  /** Every item from now on; returns the way to stop listening. */
  onItem(listener: (item: StreamItem<N>) => void): () => void;
}

export type PanelStreams = { [N in StreamName]: PanelStream<N> };

/** A stream and the one function that feeds it. */
export function createStream<N extends StreamName>(
  backlog: () => readonly StreamItem<N>[],
): PanelStream<N> & { push(item: StreamItem<N>): void } {
  const listeners = new Set<(item: StreamItem<N>) => void>();
  return {
    backlog,
    onItem(listener) {
      // Wrapped, so that one function given twice is two subscriptions that end separately.
      const own = (item: StreamItem<N>) => listener(item);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    push(item) {
      for (const listener of [...listeners]) listener(item);
    },
  };
}
