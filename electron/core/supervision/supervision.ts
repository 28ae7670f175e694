import type { BackendMemory, BackendState, Health, Run, SettingsState } from '#contract';
import {
  createSupervisor,
  createWarmParents,
  followEvents,
  followWorker,
  fromWarmParent,
  type ProcessOptions,
  plainLines,
  type StepDurations,
  type Supervisor,
  urlOf,
  watchAnswers,
} from '../backend/index.ts';
import { createListeners } from '../base/index.ts';
import type { Evidence } from '../incidents/index.ts';
import type { ForeignStart } from '../profiles/index.ts';
import type { Hub } from '../state/index.ts';
import {
  fromHealth,
  fromMachine,
  fromMemory,
  fromWorker,
  hasFailed,
  isWorking,
  withoutHealth,
} from './backend-state.ts';
import type { BackendReports } from './reports.ts';

interface SupervisionParts {
  platform: NodeJS.Platform;
  hub: Hub;
  reports: BackendReports;
  stepDurations: StepDurations;
  /** Our own backend. Read at each start: settings change in between. */
  process(): ProcessOptions;
  /** What the next start runs instead; null: our own backend. */
  foreign(): ForeignStart | null;
  host(): string;
  /** That address, if the person has to allow it first; else null. */
  exposedHost(): string | null;
  settings(): SettingsState;
  /** Takes output; a promise asks the backend to print no more until it resolves. */
  write(text: string): Promise<void> | undefined;
  onRun(run: Run): void;
  /** Everything known at this moment. Collected when a start fails, before what the backend reported is dropped. */
  evidence(): Evidence;
}

/** A new phase of the backend; `evidence` where it has failed. */
export interface PhaseChange {
  backend: BackendState;
  evidence: Evidence | null;
}

/** Supervises the backend, and publishes its phase and what it reports while it is ready. */
export function createSupervision(parts: SupervisionParts) {
  const { hub, reports } = parts;
  const phases = createListeners<PhaseChange>();
  const { setBackend, patch } = createPublisher(parts);
  const warmParents = createWarmParents(parts.process, parts.platform, (warm) => hub.set({ warm }));

  const showHealth = (health: Health) => {
    reports.health = health;
    setBackend(fromHealth(hub.state().backend, health));
  };
  const takeMemory = (memory: BackendMemory) => {
    reports.memory = memory;
    const { backend } = hub.state();
    const next = fromMemory(backend, memory);
    if (next !== backend) setBackend(next);
  };
  const supervisor: Supervisor = createSupervisor({
    startTimeoutMs: () => parts.foreign()?.startMs,
    instance: () => nextInstance(parts, warmParents),
    onSteps(steps) {
      patch({ steps, typicalMs: reports.foreign ? {} : parts.stepDurations.typicalMs() });
      const last = steps.at(-1);
      const complete = last?.name === 'worker' && last.endedAt !== null;
      if (complete && reports.health?.worker.warm === false) void parts.stepDurations.learn(steps);
    },
    onOutput(text) {
      const lastLine = hub.state().backend.phase === 'starting' ? plainLines(text).at(-1) : undefined;
      if (lastLine) patch({ lastLine });
      return parts.write(text);
    },
    onUnheard() {
      reports.stoppedBy = null;
    },
    onState(machine, live) {
      const before = hub.state().backend;
      const next = fromMachine(before, machine, live);
      const changed = before.phase !== next.phase;
      const evidence = changed && hasFailed(next.phase) ? parts.evidence() : null;
      reports.marker = supervisor.marker();
      if (changed && next.phase === 'ready') reports.stoppedBy = null;
      if (next.phase !== 'ready')
        Object.assign(reports, { client: null, foreignReady: false, health: null, memory: null });
      setBackend(next);
      if (changed) phases.notify({ backend: next, evidence });
    },
    onReady(ready, gone) {
      if (!ready.client) {
        reports.foreignReady = true;
        patch({ url: new URL(ready.healthUrl).origin, queue: null });
        void watchAnswers(ready.healthUrl, (silent) => patch({ silent }), gone);
        void followWorker(ready.healthUrl, (worker) => patch(fromWorker(worker)), gone);
        return;
      }
      const takeHealth = (health: Health) => {
        showHealth(health);
        if (!isWorking(health.worker.state)) return;
        supervisor.workerReady();
        // Only now: earlier, it would compete with the start itself for the CPU.
        const isSamePython = reports.python === parts.process().command;
        warmParents.keep(isSamePython && health.settings.LBS_WARM_WORKERS?.value === true);
      };
      reports.client = ready.client;
      patch({ url: urlOf(ready.client.address) });
      takeHealth(ready.health);
      followEvents(ready.client.address, { onRun: parts.onRun, onMemory: takeMemory, onHealth: takeHealth }, gone);
    },
  });

  return {
    supervisor,
    /** After each change of the backend's phase. */
    onPhase: phases.add,
    ...startAndStop(supervisor, reports),
    /** For a server that was started by hand and is watched: its reports are shown like those of our own. */
    watched: { onMemory: takeMemory, onHealth: showHealth },
    /** It is not watched any more. */
    forget() {
      Object.assign(reports, { health: null, memory: null });
      setBackend(withoutHealth(hub.state().backend));
    },
    /** Stops the warm parents that are kept for the next start. */
    stopWarm: warmParents.stop,
    /** Stops them where another Python is chosen: the next start must not be forked from the old one. */
    renewWarm: () => warmParents.keep(false),
  };
}

export type Supervision = ReturnType<typeof createSupervision>;

function createPublisher({ hub, settings }: SupervisionParts) {
  const setBackend = (backend: BackendState) => hub.set({ backend, settings: settings() });
  const patch = (change: Partial<BackendState>) => setBackend({ ...hub.state().backend, ...change });
  return { setBackend, patch };
}

/** What the next start runs: a profile's backend, or our own, forked from a warm parent where one is ready. */
function nextInstance(parts: SupervisionParts, warmParents: ReturnType<typeof createWarmParents>) {
  const host = parts.host();
  const foreign = parts.foreign();
  parts.reports.foreign = foreign;
  if (foreign) {
    // The warm parents hold RAM that the other backend may need.
    warmParents.keep(false);
    parts.reports.python = null;
    return { ...foreign.process, host, exposedHost: null, foreign: foreign.foreign };
  }
  const about = parts.process();
  parts.reports.python = about.command;
  const own = { ...about, env: { ...about.env, ...warmParents.env } };
  const exposedHost = parts.exposedHost();
  return { ...(warmParents.serverIsWarm() ? fromWarmParent(own) : own), host, exposedHost, foreign: null };
}

const startAndStop = (supervisor: Supervisor, reports: BackendReports) => ({
  async start() {
    supervisor.start();
    await supervisor.whenReady();
  },
  async restart() {
    reports.stoppedBy = 'person';
    supervisor.restart();
    await supervisor.whenReady();
  },
  /** A person leaves queued runs to the next start, and stops the run in progress. Otherwise both are interrupted. */
  async stop(by: 'person' | 'system') {
    reports.stoppedBy = by;
    supervisor.stop(by === 'person' ? { handOver: true, byPerson: true } : {});
    await supervisor.whenStopped();
  },
});
