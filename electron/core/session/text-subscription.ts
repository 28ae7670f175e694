import type { ServerMessage } from '#contract';
import type { PanelStream } from '../base/index.ts';
import { createTextTail } from '../base/index.ts';
import type { Subscription } from './subscription.ts';

/** How many characters may be sent and not yet acknowledged: about a tenth of a second of drawing. */
const WINDOW = 256 * 2 ** 10;
/** How many characters are queued for a page that does not draw: as many as the backlog, so that it is never cut. */
const QUEUE = 2 * 2 ** 20;

/**
 * One page's view of the log. It never slows the log down: a page that does not acknowledge what it was sent gets no more,
 * and loses the oldest characters, never the newest; `dropped` counts them.
 */
export function createTextSubscription(stream: PanelStream<'log'>, onPending: () => void): Subscription {
  const pending = createTextTail(QUEUE);
  for (const text of stream.backlog()) pending.push(text);
  let unacknowledged = 0;
  let fresh = true;
  const stop = stream.onItem((text) => {
    pending.push(text);
    onPending();
  });
  return {
    take() {
      const room = WINDOW - unacknowledged;
      const text = room > 0 ? pending.take(room) : '';
      if (!fresh && text === '') return null;
      unacknowledged += text.length;
      const message: ServerMessage = { type: 'items', stream: 'log', items: [text], dropped: pending.dropped(), fresh };
      fresh = false;
      return message;
    },
    acknowledge(characters) {
      // Never below zero: after a new subscription the page may still acknowledge characters of the last one.
      unacknowledged = Math.max(0, unacknowledged - characters);
      if (pending.length() > 0) onPending();
    },
    close: stop,
  };
}
