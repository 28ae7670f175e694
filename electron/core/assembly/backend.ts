import { join } from 'node:path';
import type { PanelState } from '#contract';
import { ownServer } from '../backend/index.ts';
import { pythonEnvironment } from '../base/index.ts';
import { emulatedCards } from '../gpu/index.ts';
import { evidenceNow } from '../incidents/index.ts';
import type { Place } from '../place/index.ts';
import { createStarts, ownServerOf } from '../profiles/index.ts';
import type { Runs } from '../runs/index.ts';
import { backendEnvironment, createPanelSettings } from '../settings/index.ts';
import type { Hub } from '../state/index.ts';
import { type BackendReports, createSupervision, runningSettings } from '../supervision/index.ts';
import type { Storage } from './storage.ts';

interface BackendParts {
  version: string;
  place: Place;
  hub: Hub;
  storage: Storage;
  reports: BackendReports;
  runs: Runs;
}

/** What starts the backend: the selected profile, the settings in effect, and the supervision. */
export function createBackend({ version, place, hub, storage, reports, runs }: BackendParts) {
  const { platform, paths, pythonFolder } = place;
  const { settings: store, profiles, history, log } = storage;
  // HEADROOM_HOME: leftovers of a profile's backend are recognized by it, as those of our own are.
  const env = { ...place.env, HEADROOM_HOME: place.folder };
  const starts = createStarts({
    env,
    settings: store,
    chosen: profiles.chosen,
    runFolder: paths.run,
    guardian: {
      get python() {
        return place.python();
      },
      script: join(pythonFolder, 'guardian.py'),
    },
  });
  const settings = createPanelSettings({
    store,
    overrides: starts.overrides,
    running: () => runningSettings(reports),
    ownBackend: () => profiles.chosen() === null,
    onChange: (next: PanelState['settings']) => hub.set({ settings: next }),
  });
  settings.publish();
  profiles.onChange(settings.publish);

  const evidence = () =>
    evidenceNow({
      version,
      platform,
      settings: store,
      history,
      monitor: { telemetry: () => hub.state().telemetry },
      log,
      health: reports.health,
      memory: reports.memory,
    });
  const ownEnvironment = () => ({
    ...backendEnvironment({ env: pythonEnvironment(env), desired: store.desired(), overrides: store.overrides() }),
    HEADROOM_UNDER_PANEL: '1',
    ...emulatedCards(place.smi.source, place.emulator),
  });
  const supervision = createSupervision({
    platform,
    hub,
    reports,
    stepDurations: storage.stepDurations,
    process: () =>
      ownServer({ python: place.python(), folder: pythonFolder, runFolder: paths.run, env: ownEnvironment() }),
    foreign: starts.next,
    host: () => settings.effective('LBS_HOST'),
    exposedHost: settings.exposedHost,
    settings: settings.state,
    write: log.write,
    onRun: runs.take,
    evidence,
  });
  runs.onOutOfMemory((run) => void storage.incidents.record('out_of_memory', { run, ...evidence() }));
  return {
    settings,
    supervision,
    /** What the next start of a server of Headroom's runs with, also where a profile starts it. */
    python: () => ownServerOf(starts.next()?.process, { python: place.python(), env: ownEnvironment() }),
  };
}

export type Backend = ReturnType<typeof createBackend>;
