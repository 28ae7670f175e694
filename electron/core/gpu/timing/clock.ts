/** A wall clock ahead of ours by more than this has been set, or the machine has slept. */
const JUMP_MS = 1_000;

/**
 * Unix milliseconds that never go back, whatever is done to the wall clock. It follows the wall clock forward only: the
 * monotonic one stands still while the machine sleeps.
 */
export function createClock(wall: () => number = Date.now, steady: () => number = () => performance.now()) {
  let base = wall() - steady();
  return (): number => {
    const ahead = wall() - (base + steady());
    if (ahead > JUMP_MS) base += ahead;
    return base + steady();
  };
}

/** Two ticks that were read at once must not share a time, whichever stream they are of: readers ask for "later than". */
export function createStamp(): (time: number) => number {
  let last = Number.NEGATIVE_INFINITY;
  return (time) => {
    last = Math.max(time, last + 1);
    return last;
  };
}
