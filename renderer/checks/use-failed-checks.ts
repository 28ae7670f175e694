import { usePanelState } from '../store.ts';

/** The number of checks that failed. */
export const useFailedChecks = () =>
  usePanelState((state) => state.checks.list.filter((check) => check.state === 'failed').length);
