import type { PanelState } from '#contract';
import { createListeners } from '../base/index.ts';

type StatePatch = Partial<Omit<PanelState, 'revision'>>;

/** The one place where PanelState changes: each change is a new snapshot with the next revision. */
export interface Hub {
  state(): PanelState;
  set(patch: StatePatch): void;
  /** Called once per turn of the event loop, however many changes it held; returns a function that unsubscribes. */
  onState(listener: (state: PanelState) => void): () => void;
}

export function createHub(initial: Omit<PanelState, 'revision'>): Hub {
  const listeners = createListeners<PanelState>();
  let state: PanelState = { ...initial, revision: 0 };
  let scheduled = false;

  const publish = () => {
    scheduled = false;
    listeners.notify(state);
  };
  return {
    state: () => state,
    set(patch) {
      state = { ...state, ...patch, revision: state.revision + 1 };
      if (scheduled) return;
      scheduled = true;
      queueMicrotask(publish);
    },
    onState: listeners.add,
  };
}
