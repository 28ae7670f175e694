import { join } from 'node:path';
import type { createPanelChecks } from '../checks/index.ts';
import type { Place } from '../place/index.ts';
import { createPythons, recipeFor } from '../python/index.ts';
import type { Hub } from '../state/index.ts';
import { type BackendReports, isGone, type Supervision } from '../supervision/index.ts';
import type { Storage } from './storage.ts';

type PanelChecks = ReturnType<typeof createPanelChecks>;

const LACKS: readonly string[] = ['missing_python', 'missing_package', 'missing_library'];

/** The Pythons of a panel: what runs the backend now, and what its next start runs on. */
export async function createPanelPythons(parts: {
  place: Place;
  hub: Hub;
  storage: Storage;
  supervision: Supervision;
  reports: BackendReports;
  checks: Pick<PanelChecks, 'run'>;
}) {
  const { place, hub, storage, supervision, reports, checks } = parts;
  const pythons = await createPythons({
    place,
    saving: storage.saving,
    recipe: (signal) => recipeFor(place, signal),
    guardian: join(place.pythonFolder, 'guardian.py'),
    onChange: (state) => hub.set({ python: state }),
    onChosen() {
      supervision.renewWarm();
      const { phase, reason } = hub.state().backend;
      // A backend that could not start for want of a Python starts on this one.
      const lacked = phase === 'failed' && reason !== null && LACKS.includes(reason.code);
      // Its outcome is in the state.
      if (lacked) supervision.start().then(checks.run, checks.run);
    },
  });
  storage.addFileNotice(pythons.notice());
  supervision.onPhase(({ backend }) => {
    pythons.running(isGone(backend.phase) ? null : reports.python);
    if (backend.phase === 'ready' && hub.state().telemetry.source === 'nvidia-smi') void storage.firstRun.finish();
  });
  return pythons;
}
