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
