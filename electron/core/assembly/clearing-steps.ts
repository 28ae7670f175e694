import type { ClearingSteps } from '../clearing/index.ts';
import { sweepLeftovers } from '../leftovers/index.ts';
import type { Place } from '../place/index.ts';
import { changesIn } from '../settings/index.ts';
import type { Hub } from '../state/index.ts';
import type { createWatching, Timeline } from '../watching/index.ts';
import type { Backend } from './backend.ts';
import type { Storage } from './storage.ts';

/** Terminates what earlier starts in this data folder left behind. */
export const sweepIn = ({ folder, paths, platform }: Place) => sweepLeftovers({ folder, run: paths.run, platform });

/** What "Clear and restart" does with the other rooms. */
export const clearingSteps = (rooms: {
  place: Place;
  hub: Hub;
  storage: Storage;
  backend: Backend;
  timeline: Timeline;
  watching: Pick<Awaited<ReturnType<typeof createWatching>>, 'processesNow'>;
}): ClearingSteps => {
  const { place, hub, storage, backend, timeline, watching } = rooms;
  const { settings, supervision } = backend;
  return {
    latest: storage.history.latest,
    recent: storage.history.ticks,
    processes: watching.processesNow,
    changes: () => changesIn(settings.state()),
    stop: () => supervision.stop('person'),
    sweep: () => sweepIn(place),
    start: supervision.start,
    report(clearing) {
      hub.set({ clearing });
      if (!clearing.active) timeline.mark('cleared');
    },
  };
};
