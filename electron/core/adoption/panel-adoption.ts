import { type Adoption, PanelError, type Settings } from '#contract';
import type { Runs } from '../runs/index.ts';
import { type Notices, watchedEnded } from '../state/index.ts';
import type { Supervision } from '../supervision/index.ts';
import { type AdoptionRoom, createAdoption } from './adoption.ts';

/** The adoption of a panel: its own backend gives way to what is watched, and takes the place of what is taken over. */
export function createPanelAdoption(parts: {
  platform: NodeJS.Platform;
  supervision: Supervision;
  runs: Runs;
  notices: Notices;
  database(): string;
  change(settings: Partial<Settings>): Promise<unknown>;
  tell(adoption: Adoption): void;
}): AdoptionRoom {
  const { platform, supervision, runs, notices, database, change, tell } = parts;
  return createAdoption({
    platform,
    database,
    phase: supervision.supervisor.phase,
    async makeRoom() {
      if (supervision.client() && runs.anyOpen())
        throw new PanelError(
          'busy',
          "A run of Headroom's own backend is queued or on: wait for its end, or cancel it.",
        );
      await supervision.stop();
    },
    restart: supervision.restart,
    change,
    listener: { onRun: runs.take, ...supervision.watched },
    unwatched(pid, ended) {
      supervision.forget();
      runs.backendGone(ended ? undefined : 'It is not watched any more: what became of this run is not known here.');
      if (ended) notices.add(watchedEnded(pid));
    },
    tell,
  });
}
