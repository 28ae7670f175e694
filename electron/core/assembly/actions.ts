import { clearAndRestart, stopAndWait } from '../clearing/index.ts';
import { type Actions, compare } from '../runs/index.ts';
import type { Hub } from '../state/index.ts';
import type { Timeline } from '../watching/index.ts';
import type { Backend } from './backend.ts';
import type { clearingSteps } from './clearing-steps.ts';
import type { Closing } from './closing.ts';

/** How each action that ends the run in progress is carried out. */
export function createActions(rooms: {
  hub: Pick<Hub, 'state'>;
  backend: Backend;
  clearing: ReturnType<typeof clearingSteps>;
  closing: Closing;
  timeline: Pick<Timeline, 'mark'>;
}): Actions {
  const { hub, backend, clearing, closing, timeline } = rooms;
  const { settings, supervision } = backend;
  return {
    async apply() {
      await supervision.restart();
      const applied = compare(settings.state());
      timeline.mark('applied');
      return applied;
    },
    restart: supervision.restart,
    clear: () => clearAndRestart(clearing),
    stop: () =>
      stopAndWait({
        view: clearing,
        stop: () => supervision.stop('person'),
        phase: supervision.supervisor.phase,
        hasTelemetry: () => hub.state().telemetry.state === 'ok',
      }),
    close: closing.close,
  };
}
