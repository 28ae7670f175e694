import { create } from 'zustand';

/** The time range of all charts: the latest milliseconds, or a fixed window in Unix milliseconds. */
export type Range = { kind: 'last'; spanMs: number } | { kind: 'window'; from: number; to: number };

const HOUR = 3_600_000;
/** Ranges up to this are drawn from the page's ticks, longer ones from the core's history. */
export const LIVE_MS = 600_000;
export const spans = {
  '10m': LIVE_MS,
  '1h': HOUR,
  '6h': 6 * HOUR,
  '24h': 24 * HOUR,
  '7d': 168 * HOUR,
  '30d': 720 * HOUR,
};
export type SpanName = keyof typeof spans;

/** The shortest window, so that it has a few samples. */
export const MIN_WINDOW_MS = 10_000;
const MIN_REFRESH_MS = 2_000;

/** In Unix milliseconds. */
export interface Span {
  from: number;
  to: number;
}

export const spanAt = (range: Range, now: number): Span =>
  range.kind === 'last' ? { from: now - range.spanMs, to: now } : { from: range.from, to: range.to };

/** The span that is drawn: a fixed window as it is, the latest milliseconds up to the newest data. */
export const visibleSpan = (range: Range, data: { to: number } | null): Span | null =>
  range.kind === 'window' ? range : data && spanAt(range, data.to);

/** Whether data was requested for this range; after a change of the range the data of the one before stays for a moment. */
export const isOfRange = (range: Range, { from, to }: Span) =>
  range.kind === 'window' || Math.abs(to - from - range.spanMs) < range.spanMs / 4;

export const isLive = (range: Range) => range.kind === 'last' && range.spanMs <= LIVE_MS;

export const spanMsOf = (range: Range) => (range.kind === 'last' ? range.spanMs : range.to - range.from);

/** The time in which the newest column moves by a pixel; null for a fixed window. */
export const refreshMs = (range: Range, width: number): number | null =>
  range.kind === 'last' ? Math.max(MIN_REFRESH_MS, range.spanMs / Math.max(1, width)) : null;

export interface HistoryRequest extends Span {
  /** The number of columns: the plot's width in pixels, or one more. */
  width: number;
}

/**
 * The history request for a plot of `width` pixels. Column borders do not move with time, so that a column keeps its samples
 * in the next request; the last column reaches past now.
 */
export function historyRequest(range: Range, width: number, now: number): HistoryRequest {
  if (range.kind === 'window') return { from: range.from, to: range.to, width };
  const columnMs = Math.max(1, Math.ceil(range.spanMs / width));
  const first = Math.floor((now - range.spanMs) / columnMs);
  const count = Math.floor(now / columnMs) - first + 1;
  return { from: first * columnMs, to: (first + count) * columnMs, width: count };
}

/** The window between two times in any order: at least the minimum, and not past `now`. */
export function windowOf(a: number, b: number, now: number): Range {
  const middle = (a + b) / 2;
  const half = Math.max(Math.abs(a - b), MIN_WINDOW_MS) / 2;
  const late = Math.max(0, middle + half - now);
  return { kind: 'window', from: Math.max(0, Math.round(middle - half - late)), to: Math.round(middle + half - late) };
}

/** Moves a range by `ms` (negative: earlier), but not past `now`. */
export function moved(range: Range, ms: number, now: number): Range {
  const { from, to } = spanAt(range, now);
  return windowOf(from + ms, to + ms, now);
}

const live: Range = { kind: 'last', spanMs: LIVE_MS };

const nameOf = (spanMs: number) => (Object.keys(spans) as SpanName[]).find((name) => spans[name] === spanMs);

/** A range as the address keeps it: `6h`, or both ends in Unix milliseconds; null: the latest ten minutes. */
export const placeOf = (range: Range): string | null => {
  if (range.kind === 'window') return `${Math.round(range.from)}-${Math.round(range.to)}`;
  return range.spanMs === LIVE_MS ? null : (nameOf(range.spanMs) ?? null);
};

/** The range of an address; the latest ten minutes for any other text. */
export function rangeAt(place: string | null): Range {
  const [, from, to] = /^(\d{1,15})-(\d{1,15})$/.exec(place ?? '') ?? [];
  if (from !== undefined && to !== undefined && Number(to) - Number(from) >= MIN_WINDOW_MS - 1)
    return { kind: 'window', from: Number(from), to: Number(to) };
  return place !== null && Object.hasOwn(spans, place) ? { kind: 'last', spanMs: spans[place as SpanName] } : live;
}

interface Ranges {
  range: Range;
  /** The ranges before each zoom, the latest at the end. */
  history: readonly Range[];
  /** A recording has no history: only the ten minutes before the playback position. */
  recorded: boolean;
  setRecorded(recorded: boolean): void;
  /** Of a reload or a shared link. */
  show(range: Range): void;
  showLast(spanMs: number): void;
  zoom(range: Range): void;
  /** Does not add to the history while zoomed in: one pan has many steps. */
  pan(range: Range): void;
  back(): void;
  /** Stops at what is shown; ticks still arrive. `now`: the right edge. */
  pause(now: number): void;
  /** Returns to the latest data, in the span before the first zoom or pause. */
  follow(): void;
}

export const useRange = create<Ranges>((set) => ({
  range: live,
  history: [],
  recorded: false,
  setRecorded: (recorded) => set(recorded ? { recorded, range: live, history: [] } : { recorded }),
  show: (range) => set((old) => (old.recorded ? old : { range, history: range.kind === 'window' ? [live] : [] })),
  showLast: (spanMs) => set(({ recorded }) => ({ range: recorded ? live : { kind: 'last', spanMs }, history: [] })),
  zoom: (range) => set((old) => (old.recorded ? old : { range, history: [...old.history, old.range] })),
  pan: (range) =>
    set((old) => {
      if (old.recorded) return old;
      return { range, history: old.range.kind === 'last' ? [...old.history, old.range] : old.history };
    }),
  pause: (now) =>
    set((old) => {
      if (old.recorded || old.range.kind === 'window') return old;
      const { from, to } = spanAt(old.range, now);
      return { range: { kind: 'window', from, to }, history: [...old.history, old.range] };
    }),
  follow: () => set(({ history }) => ({ range: history.find(({ kind }) => kind === 'last') ?? live, history: [] })),
  back: () => set((old) => ({ range: old.history.at(-1) ?? old.range, history: old.history.slice(0, -1) })),
}));
