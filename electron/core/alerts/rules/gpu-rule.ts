import type { Alert, AlertKind, AlertSettings, GpuSample, Sentence } from '#contract';
import { say } from '../sentences.ts';
import type { AlertInput, AlertText, Verdict } from '../types.ts';
import type { IdleShare } from './idle.ts';
import type { CardMemory } from './memory.ts';

/** The memory about one GPU from step to step. */
export interface GpuPast {
  uuid: string;
  index: number;
  /** The keys of its watches, by rule, and of its absence: built once, because each sample needs them. */
  keys: readonly string[];
  missingKey: string;
  /** Since when samples lack it or report a failure; null: it works. */
  absentSince: number | null;
  /** The last reported count of uncorrected errors. */
  ecc: number | null;
  /** Null during a run. */
  idle: IdleShare | null;
}

export interface GpuView {
  sample: GpuSample;
  memory: CardMemory | null;
  before: GpuPast;
  now: GpuPast;
  input: AlertInput;
}

/** A rule about the values of one GPU. */
export interface GpuRule {
  kind: AlertKind;
  judge(view: GpuView, active: Alert | null): Verdict;
  raiseMs(settings: AlertSettings): number;
  endMs: number;
  text(view: GpuView): AlertText;
}

export const MINUTE_MS = 60_000;
export const atOnce = () => 0;

/** `value` over `bad` raises, under `good` ends; null is unknown. */
export function over(value: number | null, bad: number, good: number): Verdict {
  if (value === null) return 'unknown';
  return value > bad ? 'bad' : value < good ? 'good' : 'between';
}

/** "GPU 0", or another name where its index is unknown. */
export const gpuName = (index: number | null): Sentence => (index === null ? say('someGpu') : say('gpu', { index }));

export const mib = Math.round;
/** A share in per cent with one digit: 97.24 must not be shown as 97. */
export const percent = (share: number) => Math.round(share * 1000) / 10;
