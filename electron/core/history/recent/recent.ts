import type { Tick, TimelineEvent } from '#contract';
import { createRing } from './ring.ts';

export interface RecentOptions {
  /** The retention of samples in milliseconds of sample time. */
  spanMs?: number;
  /** A second bound, so that a runaway stream cannot exhaust memory. */
  maxTicks?: number;
  maxEvents?: number;
}

export interface Recent {
  addTick(tick: Tick): void;
  /** Oldest first; only those later than `after` (Unix milliseconds) where it is given. */
  ticks(after?: number): readonly Tick[];
  latest(): Tick | null;
  addEvent(event: TimelineEvent): void;
  events(): readonly TimelineEvent[];
}

const TEN_MINUTES_MS = 600_000;

/** Samples and timeline events of the last minutes, in memory only. */
export function createRecent(options: RecentOptions = {}): Recent {
  const { spanMs = TEN_MINUTES_MS, maxTicks = 6_000, maxEvents = 200 } = options;
  const ticks = createRing<Tick>(maxTicks);
  const events = createRing<TimelineEvent>(maxEvents);
  return {
    addTick(tick) {
      ticks.push(tick);
      ticks.dropWhile((old) => old.time < tick.time - spanMs);
    },
    ticks: (after) => {
      const all = ticks.toArray();
      if (after === undefined) return all;
      const first = all.findIndex((tick) => tick.time > after);
      return first === -1 ? [] : all.slice(first);
    },
    latest: () => ticks.last(),
    addEvent: (event) => events.push(event),
    events: () => events.toArray(),
  };
}
