import type { ProcessWindow } from '#contract';
import { now } from '../../parts/index.ts';
import { core } from '../../store.ts';
import { ticks } from '../../transport/index.ts';
import { type Feed, poll } from './feed.ts';
import { frames } from './frames.ts';
import { historyRequest, isLive, type Range, refreshMs, type Span, spanAt, spanMsOf } from './range.ts';
import { type ChartData, createLiveSeries, fromProcesses, fromTicks, fromWindow } from './series.ts';

interface SeriesRequest {
  /** A GPU's uuid, or HOST. */
  source: string;
  metrics: readonly string[];
  range: Range;
  /** The plot's width in pixels. */
  width: number;
}

/** Keeps a feed up to date from the page's ticks if they reach back far enough, else from the history. Returns its stop. */
export function followSeries(feed: Feed, request: SeriesRequest): () => void {
  const { source, metrics, range, width } = request;
  if (isLive(range)) return followTicks(feed, request);
  if (range.kind === 'last' || !isInTicks(range)) return followHistory(feed, request);
  feed.set({ data: fromTicks(ticks.all(), source, metrics, { from: range.from, to: range.to, width }), error: null });
  return () => {};
}

/** Whether the page's ticks cover the whole span. */
function isInTicks({ from, to }: Span): boolean {
  const [oldest, newest] = [ticks.all()[0], ticks.latest()];
  return oldest !== undefined && newest !== null && oldest.time <= from && to <= newest.time;
}

/** Without ticks the chart still advances, so that lost telemetry leaves a gap at the right edge. */
const IDLE_REDRAW_MS = 2_000;

/** A chart draws together with what else a tick changes; only if no tick follows, it draws its newest by itself. */
const TRAILING_MS = 1_000;

/** A tick may arrive a little before it is due. */
const EARLY_MS = 100;

/** Draws about once per pixel that the chart moves by, and its newest tick in any case. */
function followTicks(feed: Feed, { source, metrics, range, width }: SeriesRequest): () => void {
  const columnMs = spanMsOf(range) / Math.max(1, width);
  const series = createLiveSeries(source, metrics, columnMs);
  let [newest, arrivedAt] = [ticks.latest(), now()];
  let drawn: { ticks: readonly unknown[]; at: number } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    const late = now() - arrivedAt;
    const to = newest ? newest.time + (late > IDLE_REDRAW_MS ? late : 0) : now();
    drawn = { ticks: ticks.all(), at: performance.now() };
    feed.set({ data: series.update(ticks.all(), spanAt(range, to)), error: null });
  };
  const onTick = () => {
    [newest, arrivedAt] = [ticks.latest(), now()];
    clearTimeout(timer);
    const waitMs = drawn?.ticks === ticks.all() ? drawn.at + columnMs - performance.now() : 0;
    if (waitMs < EARLY_MS) frames.add(draw);
    else timer = setTimeout(() => frames.add(draw), waitMs + TRAILING_MS);
  };
  draw();
  const unsubscribe = ticks.onChange(onTick);
  const idle = setInterval(() => now() - arrivedAt > IDLE_REDRAW_MS && frames.add(draw), IDLE_REDRAW_MS);
  return () => {
    unsubscribe();
    clearTimeout(timer);
    clearInterval(idle);
    frames.remove(draw);
  };
}

/** Polls into a feed. After an error the data of this range stays; data of an earlier range is removed. */
function pollFeed<T extends { data: ChartData }>(
  feed: Feed,
  fetch: () => Promise<T>,
  intervalMs: number | null,
  onResult: (result: T) => void = () => {},
): () => void {
  let loaded: T | null = null;
  const draw = () => {
    if (!loaded) return;
    onResult(loaded);
    feed.set({ data: loaded.data, error: null });
  };
  const stop = poll({
    fetch,
    intervalMs,
    onData(result) {
      loaded = result;
      frames.add(draw);
    },
    onError(error) {
      frames.remove(draw);
      feed.set(loaded ? { error } : { data: null, error });
    },
  });
  return () => {
    stop();
    frames.remove(draw);
  };
}

function followHistory(feed: Feed, { source, metrics, range, width }: SeriesRequest): () => void {
  const fetch = async () => {
    const time = now();
    const span = historyRequest(range, width, time);
    const answer = await core.call('history.window', { source, metrics: [...metrics], ...span });
    return { data: fromWindow(answer, { from: span.from, to: Math.min(span.to, time) }) };
  };
  return pollFeed(feed, fetch, refreshMs(range, width));
}

/** Keeps a feed of one GPU's processes up to date from the history, as ticks have no processes. Returns its stop. */
export function followProcesses(
  feed: Feed,
  { source, range, width }: Pick<SeriesRequest, 'source' | 'range' | 'width'>,
  onList: (list: ProcessWindow['list']) => void,
): () => void {
  const fetch = async () => {
    const time = now();
    const span = historyRequest(range, width, time);
    const answer = await core.call('history.processes', { gpuUuid: source, ...span });
    return { list: answer.list, data: fromProcesses(answer, { from: span.from, to: Math.min(span.to, time) }) };
  };
  return pollFeed(feed, fetch, refreshMs(range, width), ({ list }) => onList(list));
}
