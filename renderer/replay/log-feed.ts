import type { Recording } from '#contract';
import type { StreamNews } from '../transport/index.ts';
import { countUpTo } from './search.ts';

/** How much of the log a jump brings back, and how much may be under way to the view: it draws some MiB a second. */
const TAIL = 512 * 2 ** 10;

type Log = Recording['log'];
type Listener = (news: StreamNews<'log'>) => void;

/** The log of a recording up to a moment, no faster than the view draws: who scrubs sees where they stop. */
export function createLogFeed(log: Log, listener: Listener) {
  /** How many pieces the view has. */
  let shown = 0;
  let wanted = 0;
  let fresh = true;
  let underWay = 0;

  const send = (from: number, to: number) => {
    let at = from;
    do {
      const end = groupEnd(log, at, to);
      const text = log
        .slice(at, end)
        .map(({ value }) => value)
        .join('');
      underWay += text.length;
      listener({ items: [text], dropped: fresh ? 0 : (log[at]?.dropped ?? 0), fresh });
      fresh = false;
      at = end;
    } while (at < to);
    shown = to;
  };
  const pump = () => {
    if (underWay > 0) return;
    if (fresh) send(backFrom(log, wanted), wanted);
    else if (shown < wanted) send(shown, onFrom(log, shown, wanted));
  };
  return {
    /** The view is to show what was there at this moment; `jump`: not only what is new. */
    show(moment: number, jump: boolean) {
      wanted = countUpTo(log, moment, ({ at }) => at);
      fresh ||= jump;
      pump();
    },
    acknowledge(characters: number) {
      underWay = Math.max(0, underWay - characters);
      pump();
    },
  };
}

/** A loss is told where it was: a message ends before the next. */
function groupEnd(log: Log, from: number, to: number): number {
  let end = Math.min(from + 1, to);
  while (end < to && log[end]?.dropped === 0) end += 1;
  return end;
}

/** What a piece costs the view: its text, and the line that tells of a loss. */
const cost = (piece: Log[number] | undefined) => (piece?.value.length ?? 0) + (piece?.dropped ? 100 : 1);

function backFrom(log: Log, end: number): number {
  let from = end;
  for (let size = 0; from > 0 && size < TAIL; from -= 1) size += cost(log[from - 1]);
  return from;
}

function onFrom(log: Log, start: number, end: number): number {
  let to = start;
  for (let size = 0; to < end && size < TAIL; to += 1) size += cost(log[to]);
  return to;
}
