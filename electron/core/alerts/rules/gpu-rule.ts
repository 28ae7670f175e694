import type { Alert, AlertKind, AlertSettings, GpuSample } from '#contract';
import type { AlertInput, Told, Verdict } from '../types.ts';
import type { IdleShare } from './idle.ts';
import type { CardMemory } from './memory.ts';

/** What is remembered of one GPU from step to step. */
export interface GpuPast {
  uuid: string;
  index: number;
  /** Of its watches, rule by rule, and of its absence: made once, since a tick asks for each. */
  keys: readonly string[];
  missingKey: string;
  /** Since when the ticks are without it, or tell that it is not well; null: it is there. */
  absentSince: number | null;
  /** The last count of uncorrected errors that was told. */
  ecc: number | null;
  /** Null while something runs. */
  idle: IdleShare | null;
}

export interface GpuView {
  sample: GpuSample;
  memory: CardMemory | null;
  before: GpuPast;
  now: GpuPast;
  input: AlertInput;
}

/** A rule about the figures of one GPU. */
export interface GpuRule {
  kind: AlertKind;
  judge(view: GpuView, lasting: Alert | null): Verdict;
  raiseMs(settings: AlertSettings): number;
  endMs: number;
  tell(view: GpuView): Told;
}

export const MINUTE_MS = 60_000;
export const atOnce = () => 0;

/** `value` over `bad` raises, under `good` ends; null is no figure. */
export function over(value: number | null, bad: number, good: number): Verdict {
  if (value === null) return 'unknown';
  return value > bad ? 'bad' : value < good ? 'good' : 'between';
}

export const mib = Math.round;
/** A share in per cent, to one digit: 97.2 is not "over 97.2" by rounding to 97. */
export const percent = (share: number) => Math.round(share * 1000) / 10;
