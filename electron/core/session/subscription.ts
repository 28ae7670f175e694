import type { ServerMessage, StreamName } from '#contract';
import type { ControlPlane } from './plane.ts';

/** How many items wait for a reader that is behind: as many as the longest backlog, so that this never cuts one. */
const waiting: Record<CountedStream, number> = { ticks: 6_000, runs: 1_024 };

/** Text is measured in characters, not in items: see text-subscription.ts. */
type CountedStream = Exclude<StreamName, 'log'>;

export interface Subscription {
  /** What waits, as one message; null where nothing does. */
  take(): ServerMessage | null;
  /** The page has drawn this many characters. */
  acknowledge(characters: number): void;
  close(): void;
}

/** One reader of one stream. It loses the oldest items, never the newest, and is told how many. */
export function createSubscription<N extends CountedStream>(
  plane: ControlPlane,
  name: N,
  onWaiting: () => void,
): Subscription {
  const stream = plane.stream(name);
  let items: unknown[] = [...stream.backlog()];
  let dropped = 0;
  let fresh = true;
  const stop = stream.onItem((item) => {
    items.push(item);
    if (items.length > waiting[name]) {
      items.shift();
      dropped += 1;
    }
    onWaiting();
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
    // A tick or a run is small, and few come: what the carrier says of itself is enough.
    acknowledge: () => undefined,
    close: stop,
  };
}
