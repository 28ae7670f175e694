import type { BackendPhase, BackendState } from './state.ts';

/** The phase that the panel shows: a server that answers is ready once its worker can work. A profile's backend has no worker. */
export function shownPhase({ phase, worker }: Pick<BackendState, 'phase' | 'worker'>): BackendPhase {
  if (phase !== 'ready') return phase;
  if (worker === 'failed') return 'failed';
  return worker === 'starting' || worker === 'stopped' ? 'starting' : 'ready';
}
