import type { Alert } from '#contract';
import type { Verdict } from './types.ts';

/**
 * What was not looked at for longer than this is not said to have lasted: the machine slept, or the figures had a hole.
 * Well above the slowest stream's period.
 */
export const HOLE_MS = 30_000;

/** One thing that is on its way to an alert, or has raised one. */
export interface Watch {
  /** When the streak began that raises it or, once raised, ends it; null: there is none. */
  since: number | null;
  /** The last look of that streak. */
  seenAt: number;
  alert: Alert | null;
  /** What counts as the same in quiet time. */
  like: string;
}

export interface Look {
  verdict: Verdict;
  time: number;
  raiseMs: number;
  endMs: number;
  since?: number;
  like: string;
}

export type Turn = 'raise' | 'end' | null;

const unchanged = (watch: Watch | null) => ({ watch, turn: null });

/** What one more look makes of a watch. Raising needs an unbroken streak of bad, ending one of good. */
export function turned(watch: Watch | null, look: Look): { watch: Watch | null; turn: Turn } {
  if (look.verdict === 'unknown') return unchanged(watch);
  const lasting = watch?.alert ?? null;
  if (look.verdict !== (lasting ? 'good' : 'bad')) return unchanged(broken(watch));
  const since = begun(watch, look);
  const next = { since, seenAt: look.time, alert: lasting, like: look.like };
  const over = look.time - since >= (lasting ? look.endMs : look.raiseMs);
  return { watch: next, turn: over ? (lasting ? 'end' : 'raise') : null };
}

function broken(watch: Watch | null): Watch | null {
  if (!watch?.alert) return null;
  return watch.since === null ? watch : { ...watch, since: null };
}

function begun(watch: Watch | null, { time, since }: Look): number {
  const goesOn = watch !== null && watch.since !== null && time - watch.seenAt <= HOLE_MS;
  return Math.min(goesOn ? (watch.since ?? time) : time, since ?? time);
}
