import { join } from 'node:path';
import type { Health, PanelState, Settings, StreamName } from '#contract';
import { createPanelAdoption } from './adoption/index.ts';
import { createBackendLog, createUsual, noWarmth, ownServer } from './backend/index.ts';
import {
  backendPython,
  createStream,
  dataFolder,
  dataPaths,
  type PanelStream,
  type PanelStreams,
} from './base/index.ts';
import { createPanelChecks } from './checks/index.ts';
import { emulatedCards, emulatorCommand, locateSmi } from './gpu/index.ts';
import { createHandlers } from './handlers.ts';
import { createHistory, historyHandlers } from './history/index.ts';
import { createCrashes, createIncidents, type Evidence, evidenceNow, personOf } from './incidents/index.ts';
import { sweepLeftovers, sweptNotice } from './leftovers/index.ts';
import { createModels } from './models/index.ts';
import { createWhose } from './proc/index.ts';
import { createProfiles, createStarts } from './profiles/index.ts';
import { createRecording, recordingHandlers } from './recording/index.ts';
import { createApplying, createRuns } from './runs/index.ts';
import type { ControlPlane, ControlPlaneOptions } from './session/index.ts';
import { backendEnvironment, changesIn, createSettingsStore, inForce, pendingSettings } from './settings/index.ts';
import { createHub, createNotices, invalidOverrides, onPipes } from './state/index.ts';
import { createSupervision, isGone, stoppedBackend } from './supervision/index.ts';
import { createWatching } from './watching/index.ts';

export type { ControlPlane, ControlPlaneOptions } from './session/index.ts';

/** Wires the rooms: who listens to whom stands here and nowhere else. */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { env, platform, resources } = options;
  const folder = dataFolder(env, platform, options.home);
  const paths = dataPaths(folder, platform);
  const pythonFolder = join(resources, 'python');
  const python = backendPython(env, platform, pythonFolder);

  const settings = await createSettingsStore({ file: paths.settings, env });
  const usual = await createUsual(paths.starts);
  // A damaged file is met only when it is first read: by then there is somebody to tell.
  const history = await createHistory({ folder: paths.history, tell: (notice) => notices.add(notice) });
  const log = createBackendLog(paths.backendLog, { onShown: (text) => output.push(text) });
  const incidents = createIncidents(paths.incidents);
  const person = personOf(options.home, env);
  const crashes = createCrashes({
    folder: paths.incidents,
    person,
    secrets: () => profiles.secrets(),
  });
  const emulator = emulatorCommand({ python, script: join(pythonFolder, 'nvidia_smi_emulator.py'), home: folder, env });
  const smi = locateSmi({ env, platform, emulator });
  // One that comes later is found; real cards are never replaced by emulated ones.
  const locate = () => locateSmi({ env, platform, emulator: null });
  const whose = createWhose({
    platform,
    marker: () => supervisor.marker(),
    health: () => supervision.health(),
    leader: () => hub.state().backend.pid,
  });
  const models = await createModels({
    file: paths.panel,
    own: paths.models,
    home: options.home,
    onChange: () => hub.set({ models: models.state() }),
  });
  const profiles = await createProfiles({
    file: paths.profiles,
    env,
    onChange: () => hub.set({ profiles: profiles.state(), settings: settingsState() }),
  });
  const starts = createStarts({
    // What it leaves behind is known by this, as what ours leaves.
    env: { ...env, HEADROOM_HOME: folder },
    settings,
    chosen: profiles.chosen,
    runFolder: paths.run,
    guardian: { python, script: join(pythonFolder, 'guardian.py') },
  });
  const notices = createNotices((list) => hub.set({ notices: list }));

  const watching = await createWatching({
    gpu: { smi, locate, ...whose, periods: options.periods },
    history,
    alertsFile: paths.alerts,
    state: () => hub.state(),
    onState: (listener) => hub.onState(listener),
    set: (change) => hub.set(change),
    health: () => supervision.health(),
    memory: () => supervision.memory(),
    isForeign: () => supervision.isForeign(),
    run: () => runs.current(),
    // Never in the middle of a line that the backend is still writing.
    say: (line) => void log.write(`${/(^|\n)$/.test(log.tail().slice(-1)) ? '' : '\r\n'}${line}\r\n`),
  });
  const { event } = watching;

  const settingsOf = (health: Health | null, startedWith: Settings | null): PanelState['settings'] => {
    const running = health ? inForce(health.settings) : startedWith;
    const overrides = starts.overrides();
    const desired = settings.desired();
    return { desired, running, overrides, pending: pendingSettings({ desired, running, overrides }) };
  };
  const settingsState = () => settingsOf(supervision.health(), supervision.startedWith());
  const hub = createHub({
    app: {
      version: options.version,
      shell: options.shell,
      platform,
      dataFolder: folder,
      logFile: paths.backendLog,
      canPickFolder: options.pickFolder !== undefined,
    },
    settings: settingsOf(null, null),
    applying: null,
    backend: stoppedBackend,
    telemetry: watching.telemetry(),
    clearing: null,
    warm: noWarmth,
    adoption: { found: [], watching: null },
    models: models.state(),
    notices: [],
    events: [],
    alerts: watching.alertsState(),
    recording: { on: null, ended: null },
    checks: { running: false, at: null, list: [] },
    profiles: profiles.state(),
  });
  const evidence = (): Evidence => {
    const told = { health: supervision.health(), memory: supervision.memory() };
    return evidenceNow({ version: options.version, platform, settings, history, monitor: watching, log, ...told });
  };

  const output = createStream<'log'>(() => [log.tail()]);
  const runs = createRuns({
    onEvent: watching.addEvent,
    onChange: () => applying.look(),
    onOutOfMemory: (run) => void incidents.record('out_of_memory', { run, ...evidence() }),
  });
  const streams: PanelStreams = { ticks: watching.ticks, log: output, runs: runs.stream };

  const host = () => settings.overrides().LBS_HOST ?? settings.desired().LBS_HOST;
  const supervision = createSupervision({
    platform,
    usual,
    host,
    process: () =>
      ownServer({
        python,
        folder: pythonFolder,
        runFolder: paths.run,
        env: {
          ...backendEnvironment({ env, desired: settings.desired(), overrides: settings.overrides() }),
          HEADROOM_HOME: folder,
          HEADROOM_UNDER_PANEL: '1',
          ...emulatedCards(smi.source, emulator),
        },
      }),
    foreign: starts.next,
    backend: () => hub.state().backend,
    setBackend: (backend) => hub.set({ backend, settings: settingsState() }),
    setWarm: (warm) => hub.set({ warm }),
    write: log.write,
    onRun: runs.take,
    evidence,
    onPhase(next, found) {
      // What waited for the next start of ours is not this one's to run.
      if (isGone(next.phase) || (next.phase === 'starting' && supervision.isForeign())) runs.backendGone();
      if (next.phase === 'starting') {
        adoption.unwatch();
        event('starting', 'backend');
      }
      // Nothing of ours is there, or somebody else has the port.
      if (isGone(next.phase)) void adoption.look();
      if (next.phase === 'ready') event('ready', 'backend');
      else applying.look();
      if (next.phase === 'stopped') event('stopped', 'backend');
      if (found && next.reason) {
        const crash = { time: Date.now(), kind: 'crashed' as const, text: next.reason.message };
        // With the way to its report: it is written first.
        void crashes.record({ reason: next.reason, ...found }).then((ref) => watching.addEvent({ ...crash, ref }));
      }
      if (next.phase === 'ready' && next.terminal === 'pipe') notices.add(onPipes);
    },
  });
  const { supervisor } = supervision;

  const settingsChanged = () => hub.set({ settings: settingsState() });
  const checks = createPanelChecks({
    where: { env, platform, python, pythonFolder, root: resources, paths, smi },
    settings,
    models,
    supervisor,
    notices,
    ownPort: () => supervision.client()?.address.port ?? null,
    settingsChanged,
    onChange: (state) => hub.set({ checks: state }),
  });

  const applying = createApplying({
    client: supervision.client,
    current: runs.current,
    restart: supervision.restart,
    settings: settingsState,
    tell: (next) => hub.set({ applying: next }),
    done: () => event('applied', 'settings'),
    failed: (error) => notices.add({ level: 'error', code: 'apply_failed', message: error.message }),
  });
  const adoption = createPanelAdoption({
    platform,
    supervision,
    runs,
    notices,
    database: () => settings.overrides().LBS_DB_PATH ?? settings.desired().LBS_DB_PATH ?? paths.results,
    change: async (values) => {
      await settings.change(values);
      settingsChanged();
    },
    tell: (next) => hub.set({ adoption: next }),
  });
  const sweep = () => sweepLeftovers({ folder, run: paths.run, platform });
  const recording = createRecording({
    folder: paths.recordings,
    version: options.version,
    person,
    secrets: profiles.secrets,
    source: () => plane,
    onChange: (next) => hub.set({ recording: next }),
  });
  const handlers = createHandlers({
    adoption,
    settings,
    supervisor,
    models,
    crashes,
    checks,
    notices,
    profiles,
    env,
    client: supervision.client,
    settingsChanged,
    undo: async () => {
      // Only what a restart would change: an override's value is not what the person chose.
      const { running, pending } = settingsState();
      if (running) await settings.change(Object.fromEntries(pending.map((name) => [name, running[name]])));
    },
    applying,
    runOpen: runs.anyOpen,
    hasFigures: () => watching.telemetry().state === 'ok',
    clearing: {
      latest: history.latest,
      recent: history.ticks,
      stop: () => supervision.stop(true),
      start: supervision.start,
      processes: watching.processesNow,
      changes: () => changesIn(settingsState()),
      sweep,
      tell: (clearing) => {
        hub.set({ clearing });
        if (!clearing.active) event('cleared', 'memory');
      },
    },
    pickFolder: options.pickFolder,
    telemetry: { ...historyHandlers(history), ...watching.alertHandlers, ...recordingHandlers(recording) },
  });

  const plane: ControlPlane = {
    handlers,
    state: hub.state,
    onState: hub.onState,
    onAlert: watching.onAlert,
    attend: watching.attention.attend,
    stream: <N extends StreamName>(name: N) => streams[name] as unknown as PanelStream<N>,
    async start() {
      for (const notice of [
        settings.notice(),
        models.notice(),
        profiles.notice(),
        watching.notice(),
        ...invalidOverrides(settings.overrides()),
      ])
        notices.add(notice);
      watching.start();
      // First: what an earlier panel left may hold the memory and the port.
      notices.add(sweptNotice(await sweep()));
      // After the backend's start, which they would slow down, however that ends.
      supervision.start().then(checks.run, checks.run);
      await Promise.all([models.refresh(), adoption.start()]);
    },
    async stop() {
      adoption.stop();
      await recording.close();
      await Promise.all([supervision.stop(), watching.stop(), checks.stop(), supervision.stopWarm()]);
      await Promise.all([log.flushed(), history.stop()]);
    },
  };
  return plane;
}
