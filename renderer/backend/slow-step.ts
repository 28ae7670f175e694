import type { StartStep } from '#contract';

/** A step in progress counts as slow once it takes this many times its usual duration. */
const SLOW_FACTOR = 3;
/** A shorter step never counts as slow. */
const MIN_SLOW_MS = 1_000;

/** `typicalMs`: how long the step usually takes; undefined where it has never finished on this machine. */
export function isSlow(step: StartStep, now: number, typicalMs: number | undefined): boolean {
  if (step.endedAt !== null || typicalMs === undefined) return false;
  return now - step.startedAt > Math.max(MIN_SLOW_MS, SLOW_FACTOR * typicalMs);
}
