import type { Attention, BackendPhase } from '#contract';

/** How often figures are needed: `off` is not at all. */
export type Need = 'busy' | 'visible' | 'hidden' | 'off';

export interface Reasons {
  phase: BackendPhase;
  /** A run is on, or a model is being loaded. */
  working: boolean;
  /** Memory is being given back, and somebody waits for the figure that shows it. */
  clearing: boolean;
}

const moving: readonly BackendPhase[] = ['starting', 'stopping'];

function needOf(levels: readonly Attention[], { phase, working, clearing }: Reasons): Need {
  if (working || clearing || moving.includes(phase) || levels.includes('front')) return 'busy';
  if (levels.includes('visible')) return 'visible';
  // A backend holds memory that somebody may take: its figures and its alerts go on where nobody looks.
  return levels.length > 0 || phase !== 'stopped' ? 'hidden' : 'off';
}

/** Who looks and what goes on, made into how often figures are needed, and whether a page is in sight; tells each change. */
export function createAttention(reasons: () => Reasons, onNeed: (need: Need, inSight: boolean) => void) {
  const pages = new Map<symbol, Attention>();
  let told: { need: Need; inSight: boolean } | null = null;
  const look = () => {
    const levels = [...pages.values()];
    const need = needOf(levels, reasons());
    const inSight = levels.some((level) => level !== 'hidden');
    if (need === told?.need && inSight === told.inSight) return;
    told = { need, inSight };
    onNeed(need, inSight);
  };
  return {
    /** Null: this page is gone. */
    attend(page: symbol, level: Attention | null) {
      if (level) pages.set(page, level);
      else pages.delete(page);
      look();
    },
    /** After anything that reasons() tells of. */
    look,
    inSight: () => told?.inSight ?? false,
  };
}
