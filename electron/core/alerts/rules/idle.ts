/** What a start or a run's end moves may arrive a moment after the word that it is over. */
const SETTLE_MS = 10_000;
/** A sliding minimum in so many pieces is as exact as anybody needs, and bounded. */
const PIECES = 10;

/** Our share of one GPU since idling began: its lowest figures, piece by piece of the window. */
export interface IdleShare {
  since: number;
  /** MiB, oldest first; `at` is where its piece began. */
  lows: readonly { at: number; lowMiB: number }[];
}

/** The same object where nothing changed. Null while something runs: then growing is what memory is for. */
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
