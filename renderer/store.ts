import { create } from 'zustand';
import type { PanelState, Run } from '#contract';
import type { LinkStatus } from './transport/index.ts';
import { connectCore, createSwitch, type Source, share, ticks, watchAttention } from './transport/index.ts';

interface Panel {
  /** The core's last snapshot, or the recording's while one is shown; null until the first. */
  state: PanelState | null;
  status: LinkStatus;
  runs: ReadonlyMap<string, Run>;
}

/** A projection of the core: it holds nothing that the core does not know. */
export const usePanel = create<Panel>(() => ({ state: null, status: 'connecting', runs: new Map() }));

/** The core's last snapshot, kept up to date while a recording is shown. */
export const useLive = create<{ state: PanelState | null }>(() => ({ state: null }));

export const core = createSwitch(
  connectCore({
    state(pushed) {
      // The core pushes its whole state: what did not change keeps its identity, so that only what shows a change renders.
      const state = share(useLive.getState().state, pushed);
      useLive.setState({ state });
      if (!core.switched()) usePanel.setState({ state });
    },
    status: (status) => usePanel.setState({ status }),
  }),
);

/** Shows a recording instead of the core; null returns to the core. */
export function showSource(source: Source | null): void {
  core.show(source);
  if (!source) usePanel.setState({ state: useLive.getState().state });
}

core.follow('ticks', ({ items, fresh }) => ticks.add(items, fresh));
core.follow('runs', ({ items, fresh }) => {
  const runs = new Map(fresh ? [] : usePanel.getState().runs);
  for (const run of items) runs.set(run.req_id, run);
  usePanel.setState({ runs });
});

watchAttention(core.setAttention);

/** Selects from the state. Throws before the first snapshot: only for components below the gate in app.tsx. */
export function usePanelState<T>(select: (state: PanelState) => T): T {
  return usePanel(({ state }) => {
    if (!state) throw new Error('usePanelState was used before the first snapshot arrived.');
    return select(state);
  });
}
