import { join } from 'node:path';
import type { BackendMemory, CommandHandlers, Health, PanelState, StreamName, TimelineEvent } from '#contract';
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
import { fromHealth, fromMachine, fromMemory, hasFailed, isGone, isWorking, stoppedBackend } from './backend-state.ts';
import { evidenceNow } from './evidence.ts';
import { createGpuMonitor, emulatorCommand, locateSmi, mergeOwnShare } from './gpu/index.ts';
import { createHandlers } from './handlers.ts';
import { createHistory } from './history/index.ts';
import { createCrashes, createIncidents, personOf } from './incidents/index.ts';
import { carriesMarker } from './marker.ts';
import { createModels } from './models/index.ts';
import { createNotices, invalidOverrides, onPipes } from './notices.ts';
import { createPanelChecks } from './panel-checks.ts';
import { backendPython, dataFolder, dataPaths, type Environment } from './paths.ts';
import { createRuns } from './runs.ts';
import { backendEnvironment, createSettingsStore, inForce, pendingSettings } from './settings/index.ts';
import { createHub } from './state/index.ts';
import { createStream, type PanelStream, type PanelStreams } from './streams.ts';

export interface ControlPlaneOptions {
  env: Environment;
  platform: NodeJS.Platform;
  /** The person's home folder. */
  home: string;
  shell: 'desktop' | 'serve';
  version: string;
  /** The folder that holds python/ and assets/. */
  resources: string;
  /** Only where the shell can ask for a folder. */
  pickFolder?: () => Promise<string | null>;
}

/** The one object that a shell hosts. */
export interface ControlPlane {
  handlers: CommandHandlers;
  state(): PanelState;
  /** Called with each new state; returns the way to stop listening. */
  onState(listener: (state: PanelState) => void): () => void;
  stream<N extends StreamName>(name: N): PanelStream<N>;
  /** Starts watching and the backend; resolves when both are under way, not when the backend is ready. */
  start(): Promise<void>;
  /** Ends everything that was started; resolves when nothing of it is left. */
  stop(): Promise<void>;
}

/** Wires the rooms: who listens to whom stands here and nowhere else. */
export async function createControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { env, platform, resources } = options;
  const folder = dataFolder(env, platform, options.home);
  const paths = dataPaths(folder, platform);
  const pythonFolder = join(resources, 'python');
  const python = backendPython(env, platform, pythonFolder);

  const settings = await createSettingsStore({ file: paths.settings, env });
  const usual = await createUsual(paths.starts);
  const history = createHistory();
  const log = createBackendLog(paths.backendLog, { onShown: (text) => output.push(text) });
  const incidents = createIncidents(paths.incidents);
  const crashes = createCrashes({ folder: paths.incidents, person: personOf(options.home, env) });
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
      logFile: paths.backendLog,
      canPickFolder: options.pickFolder !== undefined,
    },
    settings: settingsState(),
    applying: null,
    backend: stoppedBackend,
    telemetry: monitor.telemetry(),
    clearing: null,
    warm: coldWorkers,
    models: models.state(),
    notices: [],
    events: [],
    checks: { running: false, at: null, list: [] },
  });
  const event = (kind: TimelineEvent['kind'], text: string) => addEvent({ time: Date.now(), kind, text });
  const addEvent = (one: TimelineEvent) => {
    history.addEvent(one);
    hub.set({ events: [...history.events()] });
  };

  const evidence = () =>
    evidenceNow({ version: options.version, platform, settings, history, monitor, log, health, memory });

  const ticks = createStream<'ticks'>(() => history.ticks());
  const output = createStream<'log'>(() => [log.tail()]);
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

  const takeHealth = (next: Health) => {
    health = next;
    hub.set({ backend: fromHealth(hub.state().backend, next), settings: settingsState() });
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
      if (hub.state().backend.phase === 'starting') tellLastLine(text);
      return log.write(text);
    },
    onState(machine, live) {
      const before = hub.state().backend;
      const next = fromMachine(before, machine, live);
      // Taken before what the backend told is forgotten.
      const found = before.phase !== next.phase && hasFailed(next.phase) ? evidence() : null;
      if (next.phase !== 'ready') {
        ready = null;
        health = null;
        memory = null;
      }
      hub.set({ backend: next, settings: settingsState() });
      if (before.phase === next.phase) return;
      if (isGone(next.phase)) runs.backendGone();
      if (next.phase !== 'ready') applying.look();
      if (next.phase === 'ready') event('started', 'backend');
      else if (next.phase === 'stopped') event('stopped', 'backend');
      else if (found && next.reason) {
        event('crashed', next.reason.message);
        void crashes.record({ reason: next.reason, ...found });
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

  const settingsChanged = () => hub.set({ settings: settingsState() });
  const checks = createPanelChecks({
    where: { env, platform, python, pythonFolder, root: resources, paths, smi },
    settings,
    models,
    supervisor,
    notices,
    ownPort: () => ready?.client.address.port ?? null,
    settingsChanged,
    onChange: (state) => hub.set({ checks: state }),
  });

  const stopBackend = async () => {
    supervisor.stop();
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
  const handlers = createHandlers({
    settings,
    supervisor,
    models,
    crashes,
    checks,
    notices,
    client: () => ready?.client ?? null,
    settingsChanged,
    undo: async () => {
      // Only what a restart would change: an override's value is not what the person chose.
      const { running, pending } = settingsState();
      if (running) await settings.change(Object.fromEntries(pending.map((name) => [name, running[name]])));
    },
    applying,
    runOpen: runs.anyOpen,
    clearing: {
      latest: history.latest,
      stop: stopBackend,
      start: async () => {
        supervisor.start();
        await supervisor.whenReady();
      },
      oursOnGpu: async () => (await monitor.processesNow()).some((process) => process.ours),
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
      supervisor.start();
      await models.refresh();
      // After the backend's start, which they would slow down, however that ends.
      void supervisor.whenReady().then(checks.run, checks.run);
    },
    async stop() {
      await Promise.all([stopBackend(), monitor.stop(), checks.stop(), warmth.stop()]);
      await log.flushed();
    },
  };
}
