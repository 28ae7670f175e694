/** The supervisor's clock and timers, in Unix milliseconds; tests pass a faster one. */
export interface Clock {
  now(): number;
  /** Calls `act` at `due`; returns a function that cancels it. */
  at(due: number, act: () => void): () => void;
}

export const realClock: Clock = {
  now: Date.now,
  at(due, act) {
    const timer = setTimeout(act, due - Date.now());
    timer.unref();
    return () => clearTimeout(timer);
  },
};
