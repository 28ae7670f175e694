import type { ServerMessage } from '#contract';
import type { PanelStream } from '../base/index.ts';
import { createTextTail } from '../base/index.ts';
import type { Subscription } from './subscription.ts';

/** How many characters may be under way to a page, or not yet drawn by it: a tenth of a second of drawing. */
const WINDOW = 256 * 2 ** 10;
/** What waits for a page that does not draw: as much as the backlog, so that this never cuts it. */
const WAITING = 2 * 2 ** 20;

/**
 * One page's view of the log. It never slows the log: a page that does not say that it has drawn what it got is sent
 * nothing more, loses the oldest characters, never the newest, and is told how many.
 */
export function createTextSubscription(stream: PanelStream<'log'>, onWaiting: () => void): Subscription {
  const waiting = createTextTail(WAITING);
  for (const text of stream.backlog()) waiting.push(text);
  let underWay = 0;
  let fresh = true;
  const stop = stream.onItem((text) => {
    waiting.push(text);
    onWaiting();
  });
  return {
    take() {
      const room = WINDOW - underWay;
      const text = room > 0 ? waiting.take(room) : '';
      if (!fresh && text === '') return null;
      underWay += text.length;
      const message: ServerMessage = { type: 'items', stream: 'log', items: [text], dropped: waiting.dropped(), fresh };
      fresh = false;
      return message;
    },
    acknowledge(characters) {
      // Never below zero: after a new subscription the page may still tell of what the last one brought.
      underWay = Math.max(0, underWay - characters);
      if (waiting.length() > 0) onWaiting();
    },
    close: stop,
  };
}
