const RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;
/** A stream that ran this long was healthy: its failure is a new one. */
const HEALTHY_MS = 10_000;

/** Milliseconds to wait after this many failures in a row: 250 ms after a healthy stream, then 1, 2, 4, 5, 5 ... s. */
export const retryDelay = (failures: number) =>
  failures === 0 ? RETRY_MS : Math.min(MAX_RETRY_MS, 1_000 * 2 ** Math.min(failures - 1, 10));

/** When the next attempt is due, after the failures so far. */
export function createRetry() {
  let failures = 0;
  let notBefore = 0;
  return {
    /** `uptimeMs`: how long the attempt worked. */
    failed(uptimeMs: number) {
      failures = uptimeMs >= HEALTHY_MS ? 0 : failures + 1;
      notBefore = performance.now() + retryDelay(failures);
    },
    /** The next attempt is due now. */
    now() {
      notBefore = 0;
    },
    reset() {
      failures = 0;
      notBefore = 0;
    },
    waitMs: () => notBefore - performance.now(),
  };
}
