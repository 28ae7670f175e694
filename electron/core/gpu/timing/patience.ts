export interface PatienceOptions {
  /** After this long without a row, the wait is reported. */
  noticeMs: number;
  /** How long a first answer may take; without persistence mode each process initialises the driver again. */
  firstMs: number;
  /** The bound of `firstMs` after failed attempts. */
  mostFirstMs: number;
}

const defaults: PatienceOptions = { noticeMs: 10_000, firstMs: 30_000, mostFirstMs: 120_000 };
/** A silence of three polling intervals, plus time for the query itself, or of three times the slowest recent sample. */
const FACTOR = 3;
const QUERY_MS = 1_000;
const MOST_SILENCE_MS = 60_000;
/** The slowest sample counts less with each faster one: after fifty it hardly does. */
const FADE = 0.92;

export interface Patience {
  noticeMs: number;
  /** The time for a first answer, in milliseconds. */
  firstMs(): number;
  /** Whether the time for a first answer has reached its bound. */
  isExhausted(): boolean;
  /** The longest silence between two rows, in milliseconds. */
  silenceMs(periodMs: number): number;
  /** The first row took this long. */
  answered(ms: number): void;
  /** A sample arrived so long after the one before it, at this polling interval, which is no delay. */
  sampled(ms: number, periodMs: number): void;
  /** There was no first answer within `firstMs`. */
  unanswered(): void;
  /** There was no row for this long, which a busy machine may have needed. */
  silent(ms: number): void;
}

/** Learns from what nvidia-smi needs on this machine how long to wait for it; across streams, and bounded. */
export function createPatience(given: Partial<PatienceOptions> = {}): Patience {
  const { noticeMs, firstMs, mostFirstMs } = { ...defaults, ...given };
  let first = firstMs;
  let slowest = 0;
  const needs = (ms: number) => {
    slowest = Math.max(ms, slowest * FADE);
  };
  return {
    noticeMs,
    firstMs: () => first,
    isExhausted: () => first >= mostFirstMs,
    silenceMs: (periodMs) =>
      Math.max(FACTOR * periodMs + QUERY_MS, Math.min(MOST_SILENCE_MS, Math.round(FACTOR * slowest))),
    answered(ms) {
      first = Math.min(mostFirstMs, Math.max(firstMs, FACTOR * ms));
      needs(ms);
    },
    sampled: (ms, periodMs) => needs(Math.max(0, ms - periodMs)),
    unanswered() {
      first = Math.min(mostFirstMs, 2 * first);
    },
    silent: needs,
  };
}
