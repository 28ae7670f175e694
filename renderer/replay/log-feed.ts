import type { Recording } from '#contract';
import type { StreamUpdate } from '../transport/index.ts';
import { countUpTo } from './search.ts';

/** Characters of the log that a jump sends, and that may wait to be drawn: the view draws a few MiB a second. */
const WINDOW = 512 * 2 ** 10;

type Log = Recording['log'];
type Listener = (update: StreamUpdate<'log'>) => void;

/**
 * Sends the log of a recording up to a moment, no faster than the view draws it: a view that is still busy with old text
 * would show the moment where the scrubber stops too late.
 */
export function createLogFeed(log: Log, listener: Listener) {
  /** How many pieces the view has received. */
  let sent = 0;
  /** How many pieces it should have. */
  let wanted = 0;
  let fresh = true;
  /** Characters that are sent but not yet drawn. */
  let undrawn = 0;

  const send = (from: number, to: number) => {
    let at = from;
    do {
      const end = groupEnd(log, at, to);
      const text = log
        .slice(at, end)
        .map(({ value }) => value)
        .join('');
      undrawn += text.length;
      listener({ items: [text], dropped: fresh ? 0 : (log[at]?.dropped ?? 0), fresh });
      fresh = false;
      at = end;
    } while (at < to);
    sent = to;
  };
  const pump = () => {
    if (undrawn > 0) return;
    if (fresh) send(windowStart(log, wanted), wanted);
    else if (sent < wanted) send(sent, windowEnd(log, sent, wanted));
  };
  return {
    /** Shows the log at a moment; `jump`: from scratch instead of only what is new. */
    show(moment: number, jump: boolean) {
      wanted = countUpTo(log, moment, ({ at }) => at);
      fresh ||= jump;
      pump();
    },
    acknowledge(characters: number) {
      undrawn = Math.max(0, undrawn - characters);
      pump();
    },
  };
}

/** A message ends before the next lost stretch, so that the view marks the loss where it happened. */
function groupEnd(log: Log, from: number, to: number): number {
  let end = Math.min(from + 1, to);
  while (end < to && log[end]?.dropped === 0) end += 1;
  return end;
}

/** What a piece costs the view, in characters: its text and the line that marks a loss. */
const cost = (piece: Log[number] | undefined) => (piece?.value.length ?? 0) + (piece?.dropped ? 100 : 1);

function windowStart(log: Log, end: number): number {
  let from = end;
  for (let size = 0; from > 0 && size < WINDOW; from -= 1) size += cost(log[from - 1]);
  return from;
}

function windowEnd(log: Log, start: number, end: number): number {
  let to = start;
  for (let size = 0; to < end && size < WINDOW; to += 1) size += cost(log[to]);
  return to;
}
