import { PanelError } from '#contract';
import type { DataPaths } from '../base/index.ts';
import type { Runs } from '../runs/index.ts';
import type { PanelSettings } from '../settings/index.ts';
import type { Hub, Notices } from '../state/index.ts';
import type { BackendReports, Supervision } from '../supervision/index.ts';
import { type Adoption, createAdoption } from './adoption.ts';
import type { DismissedServers } from './dismissed.ts';
import { say } from './sentences.ts';

/** Adoption in a panel: its own backend stops for a server that is watched, and replaces one that is taken over. */
export function createPanelAdoption(parts: {
  platform: NodeJS.Platform;
  hub: Hub;
  reports: Readonly<BackendReports>;
  supervision: Supervision;
  runs: Runs;
  notices: Notices;
  settings: PanelSettings;
  dismissed: DismissedServers;
  /** `results`: where our own backend keeps its results unless a setting names another file. */
  paths: Pick<DataPaths, 'results'>;
}): Adoption {
  const { platform, hub, reports, supervision, runs, notices, settings, dismissed } = parts;
  return createAdoption({
    platform,
    dismissed,
    database: () => settings.effective('LBS_DB_PATH') ?? parts.paths.results,
    phase: supervision.supervisor.phase,
    async makeRoom() {
      if (reports.client && runs.anyOpen()) throw new PanelError('busy', say('runOpen'));
      await supervision.stop('person');
    },
    restart: supervision.restart,
    change: settings.change,
    listener: { onRun: runs.take, ...supervision.watched },
    onUnwatched(pid, exited) {
      supervision.forget();
      runs.backendGone(exited ? undefined : say('unwatched'));
      if (exited) notices.add({ level: 'warning', code: 'watched_ended', sentence: say('watchedExited', { pid }) });
    },
    onChange: (adoption) => hub.set({ adoption }),
  });
}
