import type { StreamItem, StreamName } from '#contract';
import { createListeners } from './listeners.ts';

/** One append-only stream as a shell sees it. */
export interface PanelStream<N extends StreamName> {
  /** What the core still holds, oldest first. */
  backlog(): readonly StreamItem<N>[];
  /** Every item from now on; returns a function that unsubscribes. */
  onItem(listener: (item: StreamItem<N>) => void): () => void;
}

export type PanelStreams = { [N in StreamName]: PanelStream<N> };

/** A stream and the one function that feeds it. */
export function createStream<N extends StreamName>(
  backlog: () => readonly StreamItem<N>[],
): PanelStream<N> & { push(item: StreamItem<N>): void } {
  const listeners = createListeners<StreamItem<N>>();
  return { backlog, onItem: listeners.add, push: listeners.notify };
}
