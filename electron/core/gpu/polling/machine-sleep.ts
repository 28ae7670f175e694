const CHECK_MS = 2_000;
/** A timer this late by the wall clock means that the machine, or this process, slept. */
const SLEPT_MS = 5_000;

/** Calls `onWake` after the machine has slept. Returns a function that stops watching. */
export function watchForWake(onWake: () => void, wall: () => number = Date.now): () => void {
  let last = wall();
  const timer = setInterval(() => {
    const now = wall();
    if (now - last > CHECK_MS + SLEPT_MS) onWake();
    last = now;
  }, CHECK_MS);
  return () => clearInterval(timer);
}
