import type { PanelSettings } from '../settings/index.ts';
import type { Hub, Notices } from '../state/index.ts';
import type { BackendReports } from '../supervision/index.ts';
import type { Timeline } from '../watching/index.ts';
import { type Applying, createApplying } from './applying.ts';
import type { Runs } from './runs.ts';
import { say } from './sentences.ts';

/** Applying in a panel: it follows the runs, and publishes what waits and what has failed. */
export function createPanelApplying(rooms: {
  hub: Hub;
  reports: Readonly<BackendReports>;
  runs: Runs;
  settings: PanelSettings;
  notices: Notices;
  timeline: Pick<Timeline, 'mark'>;
  restart(): Promise<void>;
}): Applying {
  const { hub, reports, runs, settings, notices, timeline, restart } = rooms;
  const applying = createApplying({
    client: () => reports.client,
    current: runs.current,
    restart,
    settings: settings.state,
    onWaiting: (next) => hub.set({ applying: next }),
    onApplied: () => timeline.mark('applied'),
    onFailed: ({ sentence }) =>
      notices.add({ level: 'error', code: 'apply_failed', sentence: say('applyFailed', { reason: sentence }) }),
  });
  runs.onChange(applying.update);
  return applying;
}
