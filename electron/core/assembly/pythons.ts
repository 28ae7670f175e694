import { join } from 'node:path';
import type { Place } from '../place/index.ts';
import { createPythons, recipeFor } from '../python/index.ts';
import type { Hub } from '../state/index.ts';
import { type BackendReports, isGone, type Supervision } from '../supervision/index.ts';
import type { Storage } from './storage.ts';

/** The Pythons of a panel: what runs the backend now, and what its next start runs on. */
export async function createPanelPythons(parts: {
  place: Place;
  hub: Hub;
  storage: Storage;
  supervision: Supervision;
  reports: BackendReports;
}) {
  const { place, hub, storage, supervision, reports } = parts;
  const pythons = await createPythons({
    place,
    saving: storage.saving,
    recipe: (signal) => recipeFor(place, signal),
    guardian: join(place.pythonFolder, 'guardian.py'),
    onChange: (state) => hub.set({ python: state }),
    onChosen: supervision.renewWarm,
  });
  storage.addFileNotice(pythons.notice());
  supervision.onPhase(({ backend }) => {
    pythons.running(isGone(backend.phase) ? null : reports.python);
    if (backend.phase === 'ready' && hub.state().telemetry.source === 'nvidia-smi') void storage.firstRun.finish();
  });
  return pythons;
}
