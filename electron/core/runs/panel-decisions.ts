import type { AfterRunAction } from '#contract';
import { PanelError } from '#contract';
import type { Hub, Notices } from '../state/index.ts';
import { type BackendReports, hasFailed } from '../supervision/index.ts';
import { createDecisions, type Decisions } from './decisions.ts';
import type { Runs } from './runs.ts';
import { say } from './sentences.ts';

/** Carries each action out; resolves when it is done. */
export type Actions = Record<AfterRunAction, () => Promise<unknown>>;

/** Decisions in a panel: they follow the runs, and publish what waits and what has failed. */
export function createPanelDecisions(rooms: {
  hub: Hub;
  reports: Readonly<BackendReports>;
  runs: Runs;
  notices: Notices;
  actions(): Actions;
}): Decisions {
  const { hub, reports, runs, notices, actions } = rooms;
  const decisions = createDecisions({
    client: () => reports.client,
    current: runs.current,
    perform: (action) => actions()[action](),
    obstacle(action) {
      const { phase, reason } = hub.state().backend;
      // A backend that failed for good is not started again beside what is left of it.
      if (action === 'stop' || action === 'close' || !reason || !hasFailed(phase) || phase === 'backoff') return null;
      return new PanelError('backend_error', reason.sentence);
    },
    onPending: (afterRun) => hub.set({ afterRun }),
    onFailed: (action, { sentence }) =>
      notices.add({
        level: 'error',
        code: 'after_run_failed',
        sentence: say('afterRunFailed', { action: say(action), reason: sentence }),
      }),
  });
  runs.onChange(decisions.update);
  return decisions;
}
