import type { Collection } from '#contract';
import { createCost } from './cost.ts';

/** The panel's state changes with each report: not with each sample. */
const REPORT_MS = 5_000;
const INTERVALS = 9;

interface CollectionOptions {
  /** The process of the stream. */
  pid(): number | undefined;
  onChange(collection: Collection): void;
  cost?: (pid: number | undefined) => Promise<number | null>;
}

interface CollectionMeter {
  /** Sets the requested polling interval in milliseconds; null: polling is off. */
  requested(periodMs: number | null): void;
  ticked(time: number): void;
  restarted(): void;
  stop(): void;
}

export const noCollection: Collection = {
  askedMs: null,
  reachedMs: null,
  lastAt: null,
  restarts: 0,
  costPercent: null,
};

/** Measures the telemetry itself. Reports every few seconds while polling is on, and restarts at once. */
export function createCollection({ pid, onChange, cost = createCost() }: CollectionOptions): CollectionMeter {
  let reported = noCollection;
  let askedMs: number | null = null;
  let restarts = 0;
  let lastAt: number | null = null;
  /** The previous sample since the period was set: an earlier one says nothing about the current period. */
  let previous: number | null = null;
  let intervals: number[] = [];
  let costPercent: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  const report = () => {
    const next = { askedMs, reachedMs: askedMs === null ? null : median(intervals), lastAt, restarts, costPercent };
    if ((Object.keys(next) as (keyof Collection)[]).every((name) => next[name] === reported[name])) return;
    reported = next;
    onChange(next);
  };
  const measure = async () => {
    costPercent = await cost(pid());
    if (timer) report();
  };
  return {
    requested(periodMs) {
      if (periodMs === askedMs) return;
      askedMs = periodMs;
      intervals = [];
      previous = null;
      clearInterval(timer);
      timer = periodMs === null ? undefined : setInterval(() => void measure(), REPORT_MS);
      if (periodMs === null) costPercent = null;
      report();
    },
    ticked(time) {
      if (previous !== null) intervals.push(time - previous);
      if (intervals.length > INTERVALS) intervals.shift();
      previous = time;
      lastAt = time;
    },
    restarted() {
      restarts += 1;
      report();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** The median hides a single long gap; null without intervals. */
function median(values: readonly number[]): number | null {
  const middle = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  return middle === undefined ? null : Math.round(middle);
}
