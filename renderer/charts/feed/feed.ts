import { PanelError, type Sentence } from '#contract';
import type { ChartData } from './series.ts';

export interface FeedState {
  data: ChartData | null;
  /** Why the last request failed. */
  error: Sentence | null;
}

const empty: FeedState = { data: null, error: null };

/** The data of one source's charts, outside React: new data re-renders only what selects it. */
export function createFeed() {
  let state = empty;
  const listeners = new Set<() => void>();
  return {
    state: () => state,
    set(change: Partial<FeedState>) {
      state = { ...state, ...change };
      for (const listener of [...listeners]) listener();
    },
    onChange(listener: () => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

export type Feed = ReturnType<typeof createFeed>;

interface Polling<T> {
  fetch(): Promise<T>;
  onData(data: T): void;
  onError(error: Sentence): void;
  /** Null: fetch once. */
  intervalMs: number | null;
}

/** Delays the first request, so that dragging a range does not send one per movement. */
const DEBOUNCE_MS = 120;
const RETRY_MS = 5_000;

/** Polls with one request at a time, and retries after an error. Returns a function that stops it. */
export function poll<T>({ fetch, onData, onError, intervalMs }: Polling<T>): () => void {
  let stopped = false;
  let timer = setTimeout(next, DEBOUNCE_MS);
  function next() {
    const schedule = (delayMs: number | null) => {
      if (!stopped && delayMs !== null) timer = setTimeout(next, delayMs);
    };
    fetch().then(
      (data) => {
        if (stopped) return;
        onData(data);
        schedule(intervalMs);
      },
      (failure) => {
        if (stopped) return;
        onError(PanelError.from(failure).sentence);
        schedule(Math.max(RETRY_MS, intervalMs ?? 0));
      },
    );
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
