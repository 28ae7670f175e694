import type { Alert } from '#contract';
import type { Verdict } from './types.ts';

/**
 * After a longer gap in the judgements a streak starts again: the machine slept, or samples were missing. Well above the
 * slowest polling interval.
 */
export const GAP_MS = 30_000;

/** A condition that may raise an alert, or has raised one. */
export interface Watch {
  /** The start of the streak that raises it or, once raised, ends it; null: no streak. */
  since: number | null;
  /** The last judgement of that streak. */
  judgedAt: number;
  alert: Alert | null;
  /** Watches with the same value share their quiet time. */
  group: string;
}

export interface Judgement {
  verdict: Verdict;
  time: number;
  raiseMs: number;
  endMs: number;
  since?: number | undefined;
  group: string;
}

export type Change = 'raise' | 'end' | null;

const unchanged = (watch: Watch | null) => ({ watch, change: null });

/** Applies one judgement to a watch. Raising needs an uninterrupted streak of bad, ending one of good. */
export function applyJudgement(watch: Watch | null, judgement: Judgement): { watch: Watch | null; change: Change } {
  if (judgement.verdict === 'unknown') return unchanged(watch);
  const active = watch?.alert ?? null;
  if (judgement.verdict !== (active ? 'good' : 'bad')) return unchanged(interrupted(watch));
  const since = streakStart(watch, judgement);
  const next = { since, judgedAt: judgement.time, alert: active, group: judgement.group };
  const over = judgement.time - since >= (active ? judgement.endMs : judgement.raiseMs);
  return { watch: next, change: over ? (active ? 'end' : 'raise') : null };
}

function interrupted(watch: Watch | null): Watch | null {
  if (!watch?.alert) return null;
  return watch.since === null ? watch : { ...watch, since: null };
}

function streakStart(watch: Watch | null, { time, since }: Judgement): number {
  const continues = watch !== null && watch.since !== null && time - watch.judgedAt <= GAP_MS;
  return Math.min(continues ? (watch.since ?? time) : time, since ?? time);
}
