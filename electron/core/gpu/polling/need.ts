/** How urgently figures are needed: a page in front or a run on, a page to be seen, none to be seen, nobody at all. */
export const needs = ['off', 'hidden', 'visible', 'busy'] as const;
export type Need = (typeof needs)[number];

/** Milliseconds between two ticks, by need. */
export type Periods = Record<Exclude<Need, 'off'>, number>;
export const usualPeriods: Periods = { busy: 500, visible: 2_000, hidden: 5_000 };

/** A window that is left for a moment is soon in front again: only going faster is at once. */
const SLOWER_AFTER_MS = 5_000;

export interface NeedKeeper {
  now(): Need;
  set(need: Need): void;
  stop(): void;
}

/** Follows what is needed: upwards at once, downwards once nothing more was needed for some seconds. */
export function createNeed(first: Need, onChange: () => void): NeedKeeper {
  let now = first;
  let over = false;
  let timer: NodeJS.Timeout | undefined;
  const become = (need: Need) => {
    if (need === now) return;
    now = need;
    onChange();
  };
  return {
    now: () => now,
    set(need) {
      clearTimeout(timer);
      if (needs.indexOf(need) >= needs.indexOf(now)) become(need);
      else if (!over) timer = setTimeout(become, SLOWER_AFTER_MS, need);
    },
    stop() {
      over = true;
      clearTimeout(timer);
    },
  };
}
