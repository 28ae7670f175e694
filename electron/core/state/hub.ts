import type { PanelState } from '#contract';

export type StatePatch = Partial<Omit<PanelState, 'revision'>>;

/** The one place where PanelState changes: every change is a new snapshot with the next revision. */
export interface Hub {
  state(): PanelState;
  set(patch: StatePatch): void;
  /** Called once per turn of the event loop however many changes it held; returns the way to stop listening. */
  onState(listener: (state: PanelState) => void): () => void;
}

export function createHub(initial: Omit<PanelState, 'revision'>): Hub {
  let state: PanelState = { ...initial, revision: 0 };
  let told = true;
  const listeners = new Set<(state: PanelState) => void>();

  const tell = () => {
    told = true;
    for (const listener of [...listeners]) listener(state);
  };
  return {
    state: () => state,
    set(patch) {
      state = { ...state, ...patch, revision: state.revision + 1 };
      if (!told) return;
      told = false;
      queueMicrotask(tell);
    },
    onState(listener) {
      const own = (next: PanelState) => listener(next);
      listeners.add(own);
      return () => listeners.delete(own);
    },
  };
}
