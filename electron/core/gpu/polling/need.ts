/** How often samples are needed: a focused page or a run in progress, a visible page, only hidden ones, none at all. */
export const needs = ['off', 'hidden', 'visible', 'busy'] as const;
export type Need = (typeof needs)[number];

/** Polling intervals in milliseconds, by need. */
export type Periods = Record<Exclude<Need, 'off'>, number>;
export const defaultPeriods: Periods = { busy: 500, visible: 2_000, hidden: 5_000 };

/** A window that loses the focus often gets it back soon: only speeding up is immediate. */
const SLOWER_AFTER_MS = 5_000;

interface NeedKeeper {
  now(): Need;
  set(need: Need): void;
  stop(): void;
}

/** Follows the need: upwards at once, downwards after some seconds. */
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
