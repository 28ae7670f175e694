import { limitInForce } from '#contract';
import { usePanelState } from '../store.ts';

/** Whether a limit is in force. */
export const useLimit = () => usePanelState((state) => state.settings.running !== null && limitInForce(state) !== 0);
