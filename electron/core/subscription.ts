import type { ServerMessage, StreamName } from '#contract';
import type { ControlPlane } from './control-plane.ts';

/** How many items wait for a reader that is behind: as many as the longest backlog, so that this never cuts one. */
const waiting: Record<StreamName, number> = { ticks: 6_000, log: 1_024, runs: 1_024 };

export interface Subscription {
  /** What waits, as one message; null where nothing does. */
  take(): ServerMessage | null;
  close(): void;
}

/** One reader of one stream. It loses the oldest items, never the newest, and is told how many. */
export function createSubscription<N extends StreamName>(
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
    close: stop,
  };
}
