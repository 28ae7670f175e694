/** A larger lead of the wall clock means that it was set, or that the machine slept. */
const JUMP_MS = 1_000;

/**
 * Unix milliseconds that never go back, even when the wall clock is set. It follows the wall clock forward only: the
 * monotonic clock stops while the machine sleeps.
 */
export function createClock(wall: () => number = Date.now, steady: () => number = () => performance.now()) {
  let base = wall() - steady();
  return (): number => {
    const ahead = wall() - (base + steady());
    if (ahead > JUMP_MS) base += ahead;
    return base + steady();
  };
}

/** Makes the times of samples unique across streams: readers ask for samples later than a time. */
export function createStamp(): (time: number) => number {
  let last = Number.NEGATIVE_INFINITY;
  return (time) => {
    last = Math.max(time, last + 1);
    return last;
  };
}
