import { PanelError } from '#contract';
import { now } from '../../parts/index.ts';
import { core } from '../../store.ts';
import { ticks } from '../../transport/index.ts';
import { type Feed, poll } from './feed.ts';
import { askedWindow, isLive, type Range, refreshMs, type Span, spanAt } from './range.ts';
import { fromProcesses, fromTicks, fromWindow, type Shown } from './series.ts';

export interface Wanted {
  /** A GPU's uuid, or HOST. */
  source: string;
  metrics: readonly string[];
  range: Range;
  /** Pixels of the plot. */
  width: number;
}

/** Fills the feed until it is stopped: from the page's ticks where they reach back far enough, else from the history. */
export function followSeries(feed: Feed, wanted: Wanted): () => void {
  const { source, metrics, range, width } = wanted;
  if (isLive(range)) return followTicks(feed, wanted);
  if (range.kind === 'last' || !isHeld(range)) return followHistory(feed, wanted);
  feed.set({ shown: fromTicks(ticks.all(), source, metrics, { from: range.from, to: range.to, width }), error: null });
  return () => {};
}

/** Whether all of a window is in the page's own ticks. */
export function isHeld({ from, to }: Span): boolean {
  const [oldest, newest] = [ticks.all()[0], ticks.latest()];
  return oldest !== undefined && newest !== null && oldest.time <= from && to <= newest.time;
}

/** Also where no tick comes: time goes on, and a stream that has failed leaves a gap at the right edge. */
const STILL_MS = 2_000;

function followTicks(feed: Feed, { source, metrics, range, width }: Wanted): () => void {
  let [newest, arrivedAt] = [ticks.latest(), now()];
  const draw = () => {
    if (newest !== ticks.latest()) [newest, arrivedAt] = [ticks.latest(), now()];
    const late = now() - arrivedAt;
    const to = newest ? newest.time + (late > STILL_MS ? late : 0) : now();
    feed.set({ shown: fromTicks(ticks.all(), source, metrics, { ...spanAt(range, to), width }), error: null });
  };
  draw();
  const stop = ticks.onChange(draw);
  const timer = setInterval(() => now() - arrivedAt > STILL_MS && draw(), STILL_MS);
  return () => {
    stop();
    clearInterval(timer);
  };
}

/** What was drawn stays where asking again fails; of another range it would say something else than it did. */
function pollFeed<T>(
  feed: Feed,
  { ask, answered, everyMs }: { ask(): Promise<T>; answered(answer: T): Shown; everyMs: number | null },
): () => void {
  let known = false;
  return poll({
    ask,
    everyMs,
    answered(answer) {
      known = true;
      feed.set({ shown: answered(answer), error: null });
    },
    failed: (error) => feed.set(known ? { error } : { shown: null, error }),
  });
}

function followHistory(feed: Feed, wanted: Wanted): () => void {
  const { source, metrics, range, width } = wanted;
  return pollFeed(feed, {
    ask: async () => {
      const time = now();
      const span = askedWindow(range, width, time);
      const answer = await core.call('history.window', { source, metrics: [...metrics], ...span });
      return fromWindow(answer, { from: span.from, to: Math.min(span.to, time) });
    },
    answered: (shown) => shown,
    everyMs: refreshMs(range, width),
  });
}

/** The list of processes is not in the ticks: also the last ten minutes of it are asked for. */
export function followProcesses(
  feed: Feed,
  wanted: Pick<Wanted, 'source' | 'range' | 'width'>,
  named: (answer: Awaited<ReturnType<typeof askProcesses>>['answer']) => void,
): () => void {
  return pollFeed(feed, {
    ask: () => askProcesses(wanted),
    answered: ({ answer, shown }) => {
      named(answer);
      return shown;
    },
    everyMs: refreshMs(wanted.range, wanted.width),
  });
}

async function askProcesses({ source, range, width }: Pick<Wanted, 'source' | 'range' | 'width'>) {
  const time = now();
  const span = askedWindow(range, width, time);
  const answer = await core.call('history.processes', { gpuUuid: source, ...span });
  return { answer, shown: fromProcesses(answer, { from: span.from, to: Math.min(span.to, time) }) };
}

/** Everything of a span as one file's pieces; `told` says how many bytes there are so far. Ends early where it is aborted. */
export async function exportSpan(
  format: 'csv' | 'json',
  { from, to }: Span,
  told: (bytes: number) => void,
  abort: AbortSignal,
): Promise<{ name: string; pieces: string[] } | null> {
  const pieces: string[] = [];
  let cursor: string | undefined;
  let bytes = 0;
  while (!abort.aborted) {
    const input = cursor === undefined ? { from, to, format } : { from, to, format, cursor };
    const piece = await core.call('history.export', input);
    pieces.push(piece.text);
    bytes += piece.text.length;
    told(bytes);
    if (piece.next === null) return { name: piece.name, pieces };
    if (piece.next === cursor) throw new PanelError('internal', 'The export does not come to an end.');
    cursor = piece.next;
  }
  return null;
}
