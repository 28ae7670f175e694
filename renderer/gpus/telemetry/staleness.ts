import type { Collection } from '#contract';

const MISSED_TICKS = 3;
/** Samples of this age are never stale, however short the polling interval. */
const ALWAYS_FRESH_MS = 2_000;
/** Until the polling interval is known. */
const DEFAULT_INTERVAL_MS = 5_000;

/**
 * The age of the latest samples in milliseconds if they are stale: no tick arrived for three polling intervals. Null if
 * they are fresh, or if there are none. `at`: Unix milliseconds of the latest tick.
 */
export function staleFor(
  now: number,
  at: number | null,
  { askedMs, reachedMs }: Pick<Collection, 'askedMs' | 'reachedMs'>,
): number | null {
  if (at === null) return null;
  const interval = Math.max(askedMs ?? DEFAULT_INTERVAL_MS, reachedMs ?? 0);
  const age = now - at;
  return age > Math.max(ALWAYS_FRESH_MS, MISSED_TICKS * interval) ? age : null;
}
