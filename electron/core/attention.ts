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

/** Who looks and what goes on, made into how often figures are needed; tells each change. */
export function createAttention(reasons: () => Reasons, onNeed: (need: Need) => void) {
  const pages = new Map<symbol, Attention>();
  let told: Need | null = null;
  const look = () => {
    const need = needOf([...pages.values()], reasons());
    if (need === told) return;
    told = need;
    onNeed(need);
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
  };
}
