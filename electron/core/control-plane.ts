import { join } from 'node:path';
import {
  type BackendMemory,
  type Health,
  PanelError,
  type PanelState,
  type StreamName,
  type TimelineEvent,
} from '#contract';
import { createAdoption } from './adoption/index.ts';
import { createApplying } from './applying.ts';
import {
  coldWorkers,
  createBackendLog,
  createSupervisor,
  createUsual,
  createWarmth,
  followEvents,
  plainLines,
  type Ready,
  urlOf,
} from './backend/index.ts';
import {
  fromHealth,
  fromMachine,
  fromMemory,
  isGone,
  isWorking,
  stoppedBackend,
  withoutHealth,
} from './backend-state.ts';
import { createGpuMonitor, emulatorCommand, locateSmi, mergeOwnShare } from './gpu/index.ts';
import { createHandlers } from './handlers.ts';
import { createHistory } from './history/index.ts';
import { createIncidents } from './incidents/index.ts';
import { sweepLeftovers, sweptNotice } from './leftovers/index.ts';
import { carriesMarker } from './marker.ts';
import { createModels } from './models/index.ts';
import { createNotices, invalidOverrides, onPipes, watchedEnded } from './notices.ts';
import { dataFolder, dataPaths } from './paths.ts';
import type { ControlPlane, ControlPlaneOptions } from './plane.ts';
import { createRuns } from './runs.ts';
import { backendEnvironment, changesIn, createSettingsStore, inForce, pendingSettings } from './settings/index.ts';
import { createHub } from './state/index.ts';
import { createStream, type PanelStream, type PanelStreams } from './streams.ts';

export type { ControlPlane, ControlPlaneOptions } from './plane.ts';

/** Wires the rooms: who listens to whom stands here and nowhere else. */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { env, platform, resources } = options;
  const folder = dataFolder(env, platform, options.home);
  const paths = dataPaths(folder, platform);
  const pythonFolder = join(resources, 'python');
  const python = env.HEADROOM_PYTHON || venvPython(pythonFolder, platform);

  const settings = await createSettingsStore({ file: paths.settings, env });
  const usual = await createUsual(paths.starts);
  const history = createHistory();
  const log = createBackendLog(paths.backendLog);
  const incidents = createIncidents(paths.incidents);
  const emulator = emulatorCommand({ python, script: join(pythonFolder, 'nvidia_smi_emulator.py'), home: folder, env });
  const smi = locateSmi({ env, platform, emulator });
  // Without /proc the pids that the backend told have to do.
  const isOurs = (pid: number) =>
    platform === 'linux'
      ? carriesMarker(pid, supervisor.marker())
      : pid === health?.worker.pid || pid === hub.state().backend.pid;
  const monitor = createGpuMonitor({ smi, isOurs });
  const models = await createModels({
    file: paths.panel,
    own: paths.models,
    home: options.home,
    onChange: () => hub.set({ models: models.state() }),
  });
  const notices = createNotices((list) => hub.set({ notices: list }));

  let ready: Ready | null = null;
  let health: Health | null = null;
  let memory: BackendMemory | null = null;

  const settingsState = (): PanelState['settings'] => {
    const running = health ? inForce(health.settings) : null;
    const overrides = settings.overrides();
    const desired = settings.desired();
    return { desired, running, overrides, pending: pendingSettings({ desired, running, overrides }) };
  };
  const hub = createHub({
    app: {
      version: options.version,
      shell: options.shell,
      platform,
      dataFolder: folder,
      canPickFolder: options.pickFolder !== undefined,
    },
    settings: settingsState(),
    applying: null,
    backend: stoppedBackend,
    telemetry: monitor.telemetry(),
    clearing: null,
    warm: coldWorkers,
    adoption: { found: [], watching: null },
    models: models.state(),
    notices: [],
    events: [],
  });
  const event = (kind: TimelineEvent['kind'], text: string) => addEvent({ time: Date.now(), kind, text });
  const addEvent = (one: TimelineEvent) => {
    history.addEvent(one);
    hub.set({ events: [...history.events()] });
  };

  /** What was known at this moment, for an incident: settings in force, memory as both sides saw it, the last output. */
  const evidence = () => ({
    settings: { desired: settings.desired(), running: health?.settings ?? null },
    limits: health?.limits ?? [],
    backendMemory: memory,
    ticks: history.ticks(Date.now() - EVIDENCE_MS),
    processes: monitor.telemetry().processes,
    output: log.tail().join('').slice(-EVIDENCE_CHARACTERS),
  });

  const ticks = createStream<'ticks'>(() => history.ticks());
  const output = createStream<'log'>(() => log.tail());
  const runs = createRuns({
    onEvent: addEvent,
    onChange: () => applying.look(),
    onOutOfMemory: (run) => void incidents.record('out_of_memory', { run, ...evidence() }),
  });
  const streams: PanelStreams = { ticks, log: output, runs: runs.stream };

  monitor.onTelemetry((telemetry) => hub.set({ telemetry }));
  monitor.onTick((raw) => {
    const tick = mergeOwnShare(raw, memory);
    history.addTick(tick);
    ticks.push(tick);
  });

  const showHealth = (next: Health) => {
    health = next;
    hub.set({ backend: fromHealth(hub.state().backend, next), settings: settingsState() });
  };
  const takeHealth = (next: Health) => {
    showHealth(next);
    if (isWorking(next.worker.state)) {
      supervisor.workerReady();
      // Only now: before, it would take the processor from what the person waits for.
      warmth.keep(next.settings.LBS_WARM_WORKERS?.value === true);
    }
  };
  const takeMemory = (next: BackendMemory) => {
    memory = next;
    const { backend } = hub.state();
    const told = fromMemory(backend, next);
    if (told !== backend) hub.set({ backend: told });
  };

  const processOptions = () => ({
    python,
    folder: pythonFolder,
    runFolder: paths.run,
    env: {
      ...backendEnvironment({ env, desired: settings.desired(), overrides: settings.overrides() }),
      HEADROOM_HOME: folder,
      HEADROOM_UNDER_PANEL: '1',
      // Empty counts as not set: over real GPUs the backend never plays with emulated ones.
      LBS_EMULATED_GPUS: smi.source === 'emulator' ? (emulator.env.LBS_EMULATED_GPUS ?? '') : '',
    },
  });
  const warmth = createWarmth(processOptions, platform, (warm) => hub.set({ warm }));
  const supervisor = createSupervisor({
    instance: () => {
      const about = processOptions();
      return {
        ...about,
        env: { ...about.env, HEADROOM_FORKSERVER: warmth.forkserver },
        host: settings.overrides().LBS_HOST ?? settings.desired().LBS_HOST,
        spare: warmth.takeSpare,
      };
    },
    onSteps: (steps) => {
      hub.set({ backend: { ...hub.state().backend, steps, usualMs: usual.usualMs() } });
      if (steps.at(-1)?.name === 'worker' && steps.at(-1)?.endedAt) void usual.learn(steps);
    },
    onOutput(text) {
      log.write(text);
      if (hub.state().backend.phase === 'starting') tellLastLine(text);
      output.push(text);
    },
    onState(machine, live) {
      const before = hub.state().backend;
      const next = fromMachine(before, machine, live);
      const found = next.phase === 'backoff' || next.phase === 'failed' ? evidence() : {};
      if (next.phase !== 'ready') {
        ready = null;
        health = null;
        memory = null;
      }
      hub.set({ backend: next, settings: settingsState() });
      if (before.phase === next.phase) return;
      if (next.phase === 'starting') adoption.unwatch();
      if (isGone(next.phase)) runs.backendGone();
      // Nothing of ours is there, or somebody else has the port.
      if (isGone(next.phase)) void adoption.look();
      if (next.phase !== 'ready') applying.look();
      if (next.phase === 'ready') event('started', 'backend');
      else if (next.phase === 'stopped') event('stopped', 'backend');
      else if ((next.phase === 'backoff' || next.phase === 'failed') && next.reason) {
        event('crashed', next.reason.message);
        if (next.reason.code === 'crash') void incidents.record('crash', { reason: next.reason, ...found });
      }
      if (next.phase === 'ready' && next.terminal === 'pipe') notices.add(onPipes);
    },
    onReady(next, gone) {
      ready = next;
      hub.set({ backend: { ...hub.state().backend, url: urlOf(next.client.address) } });
      takeHealth(next.health);
      followEvents(next.client.address, { onRun: runs.take, onMemory: takeMemory, onHealth: takeHealth }, gone);
    },
  });

  const sweep = () => sweepLeftovers({ folder, run: paths.run, platform });
  const stopBackend = async (handOver = false) => {
    supervisor.stop(handOver);
    await supervisor.whenStopped();
  };
  const tellLastLine = (text: string) => {
    const lastLine = plainLines(text).at(-1);
    if (lastLine) hub.set({ backend: { ...hub.state().backend, lastLine } });
  };
  const restart = async () => {
    supervisor.restart();
    await supervisor.whenReady();
  };
  const applying = createApplying({
    client: () => ready?.client ?? null,
    current: runs.current,
    restart,
    settings: settingsState,
    tell: (next) => hub.set({ applying: next }),
    done: () => event('applied', 'settings'),
    failed: (error) => notices.add({ level: 'error', code: 'apply_failed', message: error.message }),
  });
  const adoption = createAdoption({
    platform,
    database: () => settings.overrides().LBS_DB_PATH ?? settings.desired().LBS_DB_PATH ?? paths.results,
    phase: supervisor.phase,
    makeRoom: async () => {
      if (ready && runs.anyOpen())
        throw new PanelError(
          'busy',
          "A run of Headroom's own backend is queued or on: wait for its end, or cancel it.",
        );
      await stopBackend();
    },
    restart,
    change: async (values) => {
      await settings.change(values);
      hub.set({ settings: settingsState() });
    },
    listener: { onRun: runs.take, onMemory: takeMemory, onHealth: showHealth },
    unwatched: (pid, ended) => {
      health = null;
      memory = null;
      hub.set({ backend: withoutHealth(hub.state().backend), settings: settingsState() });
      runs.backendGone(ended ? undefined : 'It is not watched any more: what became of this run is not known here.');
      if (ended) notices.add(watchedEnded(pid));
    },
    tell: (next) => hub.set({ adoption: next }),
  });
  const handlers = createHandlers({
    adoption,
    settings,
    supervisor,
    models,
    notices,
    client: () => ready?.client ?? null,
    settingsChanged: () => hub.set({ settings: settingsState() }),
    undo: async () => {
      // Only what a restart would change: an override's value is not what the person chose.
      const { running, pending } = settingsState();
      if (running) await settings.change(Object.fromEntries(pending.map((name) => [name, running[name]])));
    },
    applying,
    runOpen: runs.anyOpen,
    clearing: {
      latest: history.latest,
      stop: () => stopBackend(true),
      start: async () => {
        supervisor.start();
        await supervisor.whenReady();
      },
      processes: monitor.processesNow,
      changes: () => changesIn(settingsState()),
      sweep,
      tell: (clearing) => {
        hub.set({ clearing });
        if (!clearing.active) event('cleared', 'memory');
      },
    },
    pickFolder: options.pickFolder,
  });

  return {
    handlers,
    state: hub.state,
    onState: hub.onState,
    stream: <N extends StreamName>(name: N) => streams[name] as unknown as PanelStream<N>,
    async start() {
      for (const notice of [settings.notice(), models.notice(), ...invalidOverrides(settings.overrides())])
        notices.add(notice);
      monitor.start();
      // First: what an earlier panel left may hold the memory and the port.
      notices.add(sweptNotice(await sweep()));
      supervisor.start();
      await Promise.all([models.refresh(), adoption.start()]);
    },
    async stop() {
      adoption.stop();
      await Promise.all([stopBackend(), monitor.stop(), warmth.stop()]);
      await log.flushed();
    },
  };
}

/** How much of the past an incident keeps. */
const EVIDENCE_MS = 60_000;
const EVIDENCE_CHARACTERS = 16_384;

const venvPython = (pythonFolder: string, platform: NodeJS.Platform) =>
  platform === 'win32'
    ? join(pythonFolder, '.venv', 'Scripts', 'python.exe')
    : join(pythonFolder, '.venv', 'bin', 'python');
