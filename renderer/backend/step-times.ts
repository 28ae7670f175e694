import type { StartStep } from '#contract';

/** A step that takes this many times what it usually takes is told as slow. */
export const SLOW = 3;
/** Below this nobody notices. */
const LEAST_MS = 1_000;

/** Whether a step that is still on takes far longer than usual; unknown where it has never been seen to end. */
export function isSlow(step: StartStep, now: number, usualMs: number | undefined): boolean {
  if (step.endedAt !== null || usualMs === undefined) return false;
  return now - step.startedAt > Math.max(LEAST_MS, SLOW * usualMs);
}
