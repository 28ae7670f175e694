import { limitInForce } from '#contract';
import { usePanelState } from '../store.ts';

/** The limit that a line is drawn for, as a share of the card; 0 where none is in force. */
export const useLimit = () => usePanelState((state) => (state.settings.running ? limitInForce(state) : 0));
