import type { Alert, AlertKind, AlertSettings, BackendState, Telemetry, Tick } from '#contract';

/** What is known beside the tick. */
export interface AlertView {
  telemetry: Telemetry;
  /** The limit in force as a share of each GPU; 0: none. */
  limit: number;
  /** Null while none of our own backends tells of its worker. */
  worker: BackendState['worker'];
  /** A run is on. */
  run: boolean;
}

/** One step's view. */
export interface AlertInput extends AlertView {
  /** Unix milliseconds: the tick's, or the clock's where no tick came. */
  time: number;
  /** Null: time has passed, and no tick came. */
  tick: Tick | null;
  settings: AlertSettings;
}

/**
 * One look: `bad` raises, `good` ends, what lies `between` does neither. `unknown`: no figure, so that whatever is, holds.
 */
export type Verdict = 'bad' | 'between' | 'good' | 'unknown';

export type Values = Alert['values'];

/** What a raised alert says. */
export interface Told {
  level: Alert['level'];
  message: string;
  values: Values;
}

/** One thing that is watched, and how it looks now. */
export interface Finding {
  /** Of the whole panel the only one: kind, GPU and what else tells it from its like. */
  key: string;
  kind: AlertKind;
  gpuUuid: string | null;
  verdict: Verdict;
  /** How long it must be bad without a break; 0: once is enough. */
  raiseMs: number;
  /** How long it must be good without a break. */
  endMs: number;
  /** Since when it has been so, where that is known to be earlier than now. */
  since?: number;
  /** What counts as the same in quiet time; the key where absent. */
  like?: string;
  tell(): Told;
}
