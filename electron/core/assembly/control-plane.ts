import { dirname } from 'node:path';
import type { StreamName } from '#contract';
import { createPanelAdoption } from '../adoption/index.ts';
import { diskAnswers, type PanelStream, type PanelStreams } from '../base/index.ts';
import { createPanelChecks } from '../checks/index.ts';
import { createGuards } from '../guards/index.ts';
import { leftoverNotice } from '../leftovers/index.ts';
import { findPlace } from '../place/index.ts';
import { createOwnership } from '../proc/index.ts';
import { createRecording } from '../recording/index.ts';
import { createPanelDecisions, createRuns, followRecovery } from '../runs/index.ts';
import type { ControlPlane, ControlPlaneOptions, PanelFeed } from '../session/index.ts';
import { createHub, createNotices, type Hub } from '../state/index.ts';
import { createReports, isGone, startWhenRoom } from '../supervision/index.ts';
import { restrictAll, sweepFiles } from '../upkeep/index.ts';
import { createTimeline, createWatching } from '../watching/index.ts';
import { createActions } from './actions.ts';
import { createBackend } from './backend.ts';
import { clearingSteps, sweepIn } from './clearing-steps.ts';
import { createClosing } from './closing.ts';
import { createHandlers } from './handlers.ts';
import { initialState } from './initial-state.ts';
import { followPhases } from './phases.ts';
import { createPanelPythons } from './pythons.ts';
import { openStorage } from './storage.ts';

/** Creates the rooms in order: each one is given the rooms before it, and what flows back comes as an event. */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { version, platform } = options;
  const place = findPlace(options);
  const hub = createHub(initialState(options, place));
  const notices = createNotices((list) => hub.set({ notices: list }));
  const storage = await openStorage(place, hub, notices);
  const { history, profiles } = storage;
  const reports = createReports();
  const timeline = createTimeline(history, hub);
  const runs = createRuns({ onEvent: timeline.add });

  const watching = await createWatching({
    gpu: { smi: place.smi, locate: place.locate, periods: options.periods, ...ownership(platform, hub, reports) },
    history,
    timeline,
    paths: place.paths,
    saving: storage.saving,
    hub,
    reports,
    run: runs.current,
    writeLine: storage.writeLine,
  });
  for (const { notice } of [watching.alerts, watching.rates]) storage.addFileNotice(notice());
  const backend = createBackend({ version, place, hub, storage, reports, runs });
  const { settings, supervision } = backend;

  const decisions = createPanelDecisions({ hub, reports, runs, notices, actions: () => actions });
  const closing = createClosing({ hub, decisions, close: options.close ?? null });
  const clearing = clearingSteps({ place, hub, storage, backend, timeline, watching });
  const actions = createActions({ hub, backend, clearing, closing, timeline });
  followRecovery(hub, notices);
  const about = { hub, reports, supervision, runs, notices, settings, platform };
  const adoption = createPanelAdoption({ ...about, dismissed: storage.dismissedServers, paths: place.paths });
  const guards = createGuards({
    clearing: () => hub.state().clearing?.active ?? false,
    profileSelected: () => profiles.chosen() !== null,
    client: () => reports.client,
    decide: decisions.decide,
    requireAllowedHost: settings.requireAllowedHost,
    watching: adoption.watching,
  });
  followPhases(supervision, { reports, runs, adoption, decisions, timeline, notices, crashes: storage.crashes });

  startWhenRoom({
    ...supervision,
    folder: () => dirname(settings.effective('LBS_DB_PATH') ?? place.paths.results),
  });

  const checks = createPanelChecks({
    where: { ...place, root: options.resources },
    settings: storage.settings,
    models: storage.models,
    supervisor: supervision.supervisor,
    notices,
    ownPort: () => reports.client?.address.port ?? null,
    backend: backend.python,
    worker: () => {
      const { phase, worker, workerError } = hub.state().backend;
      return phase === 'ready' && worker !== null ? { state: worker, error: workerError } : null;
    },
    settingsChanged: settings.publish,
    onChange: (state) => hub.set({ checks: state }),
  });
  const pythons = await createPanelPythons({ place, hub, storage, supervision, reports, checks });
  const streams: PanelStreams = { ticks: watching.ticks, log: storage.output, runs: runs.stream };
  const feed = feedOf(hub, watching.attend, streams);
  const recording = createRecording({
    folder: place.paths.recordings,
    version,
    person: storage.person,
    secrets: storage.secrets,
    source: () => feed,
    onChange: (state) => hub.set({ recording: state }),
  });
  const handlers = createHandlers({
    ...backend,
    storage,
    guards,
    notices,
    runs,
    decisions,
    closing,
    adoption,
    checks,
    recording,
    pythons,
    options,
    watching,
    runOpen: () => backendRuns(hub) && runs.anyOpen(),
    clearing,
  });

  return {
    ...feed,
    handlers,
    async start() {
      // Starting the emulator from a disk that does not answer would block the panel.
      if (place.smi.source !== 'emulator' || (await diskAnswers(place.python()))) watching.start();
      // First: leftovers of an earlier panel may hold GPU memory and the port.
      notices.add(leftoverNotice(await sweepIn(place)));
      // After the backend's start, whether or not it succeeds: the checks would slow it down.
      supervision.start().then(checks.run, checks.run);
      // A folder on a disk that does not answer holds up nothing.
      void storage.models.refresh();
      void restrictAll(place.paths).then(() => sweepFiles(place.paths));
      await adoption.start();
    },
    askToClose: closing.ask,
    async stop(by = 'system') {
      decisions.drop();
      adoption.stop();
      storage.models.cancelConversion();
      storage.models.stop();
      storage.saving.stop();
      await recording.close();
      await pythons.cancel();
      await Promise.all([supervision.stop(by), watching.stop(), checks.stop(), supervision.stopWarm()]);
      await Promise.all([storage.log.flushed(), history.stop()]);
    },
  };
}

const feedOf = (hub: Hub, attend: PanelFeed['attend'], streams: PanelStreams): PanelFeed => ({
  state: hub.state,
  onState: hub.onState,
  attend,
  stream: <N extends StreamName>(name: N) => streams[name] as unknown as PanelStream<N>,
});

/** Without it, runs wait for its next start: no change of the backend stops them. */
const backendRuns = (hub: Hub) => !isGone(hub.state().backend.phase);

/** Tells the GPU monitor which processes belong to our backend, and what each of them is. */
const ownership = (
  platform: NodeJS.Platform,
  hub: ReturnType<typeof createHub>,
  reports: ReturnType<typeof createReports>,
) =>
  createOwnership({
    platform,
    marker: () => reports.marker,
    health: () => reports.health,
    leader: () => hub.state().backend.pid,
  });
