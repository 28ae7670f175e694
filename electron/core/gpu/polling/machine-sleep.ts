const LOOK_MS = 2_000;
/** A timer that is this much later by the wall clock than it should be: the machine slept, or all of us did. */
const SLEPT_MS = 5_000;

/** Calls `onWake` when the machine has slept. Returns the way to stop. */
export function watchForWake(onWake: () => void, wall: () => number = Date.now): () => void {
  let last = wall();
  const timer = setInterval(() => {
    const now = wall();
    if (now - last > LOOK_MS + SLEPT_MS) onWake();
    last = now;
  }, LOOK_MS);
  return () => clearInterval(timer);
}
