import type { Shown } from './series.ts';

export interface FeedState {
  shown: Shown | null;
  /** Why the core could not answer the last time, in its words. */
  error: string | null;
}

const nothing: FeedState = { shown: null, error: null };

/** What one source's charts draw from, outside React: a new answer renders nothing that does not ask for it. */
export function createFeed() {
  let state = nothing;
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
  ask(): Promise<T>;
  answered(answer: T): void;
  failed(message: string): void;
  /** Null: once is enough. */
  everyMs: number | null;
}

/** While a window is dragged there is a new one with each movement: only where it comes to rest is asked for. */
const REST_MS = 120;
const AGAIN_MS = 5_000;

/** Asks now and again, never twice at a time, until it is stopped; after a failure also what would be asked once. */
export function poll<T>({ ask, answered, failed, everyMs }: Polling<T>): () => void {
  let stopped = false;
  let timer = setTimeout(next, REST_MS);
  function next() {
    const settle = (wait: number | null) => {
      if (!stopped && wait !== null) timer = setTimeout(next, wait);
    };
    ask().then(
      (answer) => {
        if (stopped) return;
        answered(answer);
        settle(everyMs);
      },
      (failure) => {
        if (stopped) return;
        failed(failure instanceof Error ? failure.message : String(failure));
        settle(Math.max(AGAIN_MS, everyMs ?? 0));
      },
    );
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
