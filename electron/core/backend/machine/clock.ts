/** Time as the supervisor sees it: Unix milliseconds, and a call once they have come. Tests bring a quicker one. */
export interface Clock {
  now(): number;
  /** Returns the way to call it off. */
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
