import { limitInForce } from '#contract';
import { usePanelState } from '../store.ts';

/** The limit in force as a share of the GPU's memory; 0 if there is none. */
export const useLimit = () => usePanelState((state) => (state.settings.running ? limitInForce(state) : 0));
