import type { Collection } from '#contract';
import { createCost } from './cost.ts';

/** The state of the panel changes with it: not with each tick. */
const TELL_MS = 5_000;
const INTERVALS = 9;

export interface HealthOptions {
  /** The process that streams. */
  pid(): number | undefined;
  onChange(collection: Collection): void;
  cost?: (pid: number | undefined) => Promise<number | null>;
}

export interface Health {
  /** The milliseconds between two ticks that are asked for from now on; null: nothing is asked. */
  asked(periodMs: number | null): void;
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

/** How well the collection goes. Told every few seconds while something is asked, and a restart at once. */
export function createHealth({ pid, onChange, cost = createCost() }: HealthOptions): Health {
  let told = noCollection;
  let askedMs: number | null = null;
  let restarts = 0;
  let lastAt: number | null = null;
  /** Of the tick before, since the period was set: the gap before that says nothing of how it goes now. */
  let previous: number | null = null;
  let intervals: number[] = [];
  let costPercent: number | null = null;
  let timer: NodeJS.Timeout | undefined;

  const tell = () => {
    const next = { askedMs, reachedMs: askedMs === null ? null : median(intervals), lastAt, restarts, costPercent };
    if ((Object.keys(next) as (keyof Collection)[]).every((name) => next[name] === told[name])) return;
    told = next;
    onChange(next);
  };
  const look = async () => {
    costPercent = await cost(pid());
    if (timer) tell();
  };
  return {
    asked(periodMs) {
      if (periodMs === askedMs) return;
      askedMs = periodMs;
      intervals = [];
      previous = null;
      clearInterval(timer);
      timer = periodMs === null ? undefined : setInterval(() => void look(), TELL_MS);
      if (periodMs === null) costPercent = null;
      tell();
    },
    ticked(time) {
      if (previous !== null) intervals.push(time - previous);
      if (intervals.length > INTERVALS) intervals.shift();
      previous = time;
      lastAt = time;
    },
    restarted() {
      restarts += 1;
      tell();
    },
    stop() {
      clearInterval(timer);
      timer = undefined;
    },
  };
}

/** Of the last intervals: one long gap must not hide how it goes now. Null while there are none. */
function median(values: readonly number[]): number | null {
  const middle = [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) / 2)];
  return middle === undefined ? null : Math.round(middle);
}
