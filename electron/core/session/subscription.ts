import type { ServerMessage, StreamName } from '#contract';
import type { PanelFeed } from './plane.ts';

/** How many items are queued for a slow reader: as many as the longest backlog, so that a backlog is never cut. */
const queueSize: Record<CountedStream, number> = { ticks: 6_000, runs: 1_024 };

/** The log is counted in characters, not in items: see text-subscription.ts. */
type CountedStream = Exclude<StreamName, 'log'>;

export interface Subscription {
  /** What is pending, as one message; null where nothing is. */
  take(): ServerMessage | null;
  /** The page has drawn this many characters. */
  acknowledge(characters: number): void;
  close(): void;
}

/** One reader of one stream. A slow one loses the oldest items, never the newest; `dropped` counts them. */
export function createSubscription<N extends CountedStream>(
  feed: PanelFeed,
  name: N,
  onPending: () => void,
): Subscription {
  const stream = feed.stream(name);
  let items: unknown[] = [...stream.backlog()];
  let dropped = 0;
  let fresh = true;
  const stop = stream.onItem((item) => {
    items.push(item);
    if (items.length > queueSize[name]) {
      items.shift();
      dropped += 1;
    }
    onPending();
  });
  return {
    take() {
      if (!fresh && items.length === 0) return null;
      const message: ServerMessage = { type: 'items', stream: name, items, dropped, fresh };
      items = [];
      dropped = 0;
      fresh = false;
      return message;
    },
    // Ticks and runs are few and small: the carrier's own back-pressure is enough.
    acknowledge: () => undefined,
    close: stop,
  };
}
