import type { Alert, AlertKind, AlertSettings, BackendState, Limit, Sentence, Telemetry, Tick } from '#contract';

/** The state beside the sample. */
export interface AlertView {
  telemetry: Telemetry;
  /** The limit in force; 0: none. */
  limit: Limit;
  /** Null while no backend of Headroom reports its worker. */
  worker: BackendState['worker'];
  /** A run is in progress. */
  run: boolean;
}

/** The input of one step. */
export interface AlertInput extends AlertView {
  /** Unix milliseconds: of the sample, or of the clock without one. */
  time: number;
  /** Null: time has passed without a sample. */
  tick: Tick | null;
  settings: AlertSettings;
}

/**
 * One judgement: `bad` raises, `good` ends, `between` does neither. `unknown`: no value, so the alert stays as it is.
 */
export type Verdict = 'bad' | 'between' | 'good' | 'unknown';

export type Values = Alert['values'];

/** The text of a raised alert. */
export interface AlertText {
  level: Alert['level'];
  sentence: Sentence;
  values: Values;
}

/** One watched condition and its current judgement. */
export interface Finding {
  /** Unique in the panel: kind, GPU and whatever else identifies it. */
  key: string;
  kind: AlertKind;
  gpuUuid: string | null;
  verdict: Verdict;
  /** How long it must be bad without interruption; 0: once is enough. */
  raiseMs: number;
  /** How long it must be good without interruption. */
  endMs: number;
  /** Since when it has been so, where that is known to be earlier. */
  since?: number;
  /** Findings with the same value share their quiet time; defaults to the key. */
  group?: string;
  text(): AlertText;
}
