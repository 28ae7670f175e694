/** What all charts may draw in one animation frame; the rest waits for the next. */
const BUDGET_MS = 6;

/** The outermost edges of the scheduler, for tests. */
interface Clock {
  now(): number;
  request(callback: () => void): unknown;
}

/**
 * Draws charts in animation frames, a few milliseconds in each, so that eight of them never block the page at once. A job
 * that is added again before it runs, runs once.
 */
export function createFrames({ now, request }: Clock) {
  const jobs = new Set<() => void>();
  let requested = false;
  const run = () => {
    requested = false;
    const end = now() + BUDGET_MS;
    for (const job of jobs) {
      jobs.delete(job);
      job();
      if (now() >= end) break;
    }
    schedule();
  };
  const schedule = () => {
    if (requested || jobs.size === 0) return;
    requested = true;
    request(run);
  };
  return {
    add(job: () => void) {
      jobs.add(job);
      schedule();
    },
    remove: (job: () => void) => void jobs.delete(job),
  };
}

export const frames = createFrames({
  now: () => performance.now(),
  request: (callback) => requestAnimationFrame(callback),
});
