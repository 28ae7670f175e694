import type { Attention, BackendPhase } from '#contract';

/** The telemetry that is needed: `off` is none at all. */
export type Need = 'busy' | 'visible' | 'hidden' | 'off';

export interface Activity {
  phase: BackendPhase;
  /** A run is in progress, or a model is being loaded. */
  working: boolean;
  /** GPU memory is being cleared, and the clearing waits for the next ticks. */
  clearing: boolean;
}

const inTransition: readonly BackendPhase[] = ['starting', 'stopping'];

function needOf(levels: readonly Attention[], { phase, working, clearing }: Activity): Need {
  if (working || clearing || inTransition.includes(phase) || levels.includes('front')) return 'busy';
  if (levels.includes('visible')) return 'visible';
  // A backend holds memory: its telemetry and its alerts continue while no page is visible.
  return levels.length > 0 || phase !== 'stopped' ? 'hidden' : 'off';
}

/** Derives the telemetry that is needed, and whether any page is visible, from the pages and the activity; reports each change. */
export function createAttention(activity: () => Activity, onNeed: (need: Need, inSight: boolean) => void) {
  const pages = new Map<symbol, Attention>();
  let last: { need: Need; inSight: boolean } | null = null;
  const update = () => {
    const levels = [...pages.values()];
    const need = needOf(levels, activity());
    const inSight = levels.some((level) => level !== 'hidden');
    if (need === last?.need && inSight === last.inSight) return;
    last = { need, inSight };
    onNeed(need, inSight);
  };
  return {
    /** Null: this page is closed. */
    attend(page: symbol, level: Attention | null) {
      if (level) pages.set(page, level);
      else pages.delete(page);
      update();
    },
    /** After any change of the activity. */
    update: () => update(),
    inSight: () => last?.inSight ?? false,
  };
}
