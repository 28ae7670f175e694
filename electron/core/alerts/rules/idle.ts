/** Memory may still change for a moment after a start or the end of a run. */
const SETTLE_MS = 10_000;
/** The pieces of the sliding minimum: exact enough, and bounded. */
const PIECES = 10;

/** Our share of one GPU since the backend is idle: the minimum of each piece of the window. */
export interface IdleShare {
  since: number;
  /** MiB, oldest first; `at` is the start of the piece. */
  lows: readonly { at: number; lowMiB: number }[];
}

/** Returns the same object where nothing changed; null during a run, when growth is expected. */
export function followIdle(
  before: IdleShare | null,
  now: { time: number; idle: boolean; oursMiB: number | null; windowMs: number },
): IdleShare | null {
  const { time, idle, oursMiB, windowMs } = now;
  if (!idle) return null;
  if (!before) return { since: time, lows: [] };
  if (oursMiB === null || time - before.since < SETTLE_MS) return before;
  const last = before.lows.at(-1);
  if (!last || time - last.at >= windowMs / PIECES) {
    const recent = before.lows.filter(({ at }) => at > time - windowMs);
    return { ...before, lows: [...recent, { at: time, lowMiB: oursMiB }] };
  }
  if (oursMiB >= last.lowMiB) return before;
  return { ...before, lows: [...before.lows.slice(0, -1), { at: last.at, lowMiB: oursMiB }] };
}

/** The lowest share within the window, in MiB; null where there is none yet. */
export function lowest({ lows }: IdleShare): number | null {
  let least: number | null = null;
  for (const { lowMiB } of lows) if (least === null || lowMiB < least) least = lowMiB;
  return least;
}
