import type { Collection } from '#contract';

const PERIODS = 3;
/** A figure of this age is never called old, however often it is asked for. */
const ALWAYS_FRESH_MS = 2_000;
/** Until the period is known. */
const USUAL_MS = 5_000;

/**
 * How old the last figures are, in milliseconds, where that is too old to pass for now: no tick came for three periods.
 * Null while they are fresh, or where there are none. `at`: Unix milliseconds of the last tick.
 */
export function staleFor(now: number, at: number | null, { askedMs, reachedMs }: Collection): number | null {
  if (at === null) return null;
  const period = Math.max(askedMs ?? USUAL_MS, reachedMs ?? 0);
  const age = now - at;
  return age > Math.max(ALWAYS_FRESH_MS, PERIODS * period) ? age : null;
}
