import { create } from 'zustand';

/** What the charts show together: the last so many milliseconds, or a window that stands still. */
export type Range = { kind: 'last'; spanMs: number } | { kind: 'window'; from: number; to: number };

const HOUR = 3_600_000;
/** Drawn from the ticks that the page holds; anything longer is asked of the core. */
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

/** A window is never shorter: a few samples have to be in it. */
export const LEAST_MS = 10_000;
const LEAST_REFRESH_MS = 2_000;

export interface Span {
  from: number;
  to: number;
}

export const spanAt = (range: Range, now: number): Span =>
  range.kind === 'last' ? { from: now - range.spanMs, to: now } : { from: range.from, to: range.to };

export const isLive = (range: Range) => range.kind === 'last' && range.spanMs <= LIVE_MS;

export const spanMsOf = (range: Range) => (range.kind === 'last' ? range.spanMs : range.to - range.from);

/** Until the newest column would have moved by a pixel; null for what lies in the past and stays as it is. */
export const refreshMs = (range: Range, width: number): number | null =>
  range.kind === 'last' ? Math.max(LEAST_REFRESH_MS, range.spanMs / Math.max(1, width)) : null;

export interface AskedWindow extends Span {
  /** Columns of the answer: as many as the plot has pixels, or one more. */
  width: number;
}

/**
 * What is asked of the history for so many pixels. The borders of columns stand still as time goes on, so that a column
 * that was drawn keeps its samples when it is asked for again; the last one reaches past now.
 */
export function askedWindow(range: Range, width: number, now: number): AskedWindow {
  if (range.kind === 'window') return { from: range.from, to: range.to, width };
  const columnMs = Math.max(1, Math.ceil(range.spanMs / width));
  const first = Math.floor((now - range.spanMs) / columnMs);
  const count = Math.floor(now / columnMs) - first + 1;
  return { from: first * columnMs, to: (first + count) * columnMs, width: count };
}

/** The window between two moments, the earlier first: wide enough, and not past `now`. */
export function windowOf(one: number, other: number, now: number): Range {
  const middle = (one + other) / 2;
  const half = Math.max(Math.abs(one - other), LEAST_MS) / 2;
  const late = Math.max(0, middle + half - now);
  return { kind: 'window', from: Math.max(0, Math.round(middle - half - late)), to: Math.round(middle + half - late) };
}

/** The same width so much earlier (less than nothing) or later; what would reach past now ends there. */
export function moved(range: Range, ms: number, now: number): Range {
  const { from, to } = spanAt(range, now);
  return windowOf(from + ms, to + ms, now);
}

interface Ranges {
  range: Range;
  /** What was shown before each zoom, the last one at the end. */
  before: readonly Range[];
  /** In a recording: only the ten minutes before where it stands, for no history lies behind it. */
  recorded: boolean;
  setRecorded(recorded: boolean): void;
  showLast(spanMs: number): void;
  zoom(range: Range): void;
  /** Keeps the way back as it is: a pan has many steps. */
  pan(range: Range): void;
  back(): void;
}

const live: Range = { kind: 'last', spanMs: LIVE_MS };

export const useRange = create<Ranges>((set) => ({
  range: live,
  before: [],
  recorded: false,
  setRecorded: (recorded) => set(recorded ? { recorded, range: live, before: [] } : { recorded }),
  showLast: (spanMs) => set(({ recorded }) => ({ range: recorded ? live : { kind: 'last', spanMs }, before: [] })),
  zoom: (range) => set((old) => (old.recorded ? old : { range, before: [...old.before, old.range] })),
  pan: (range) =>
    set((old) => {
      if (old.recorded) return old;
      return { range, before: old.range.kind === 'last' ? [...old.before, old.range] : old.before };
    }),
  back: () => set((old) => ({ range: old.before.at(-1) ?? old.range, before: old.before.slice(0, -1) })),
}));
