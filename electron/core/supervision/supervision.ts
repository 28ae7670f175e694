import type { BackendMemory, BackendState, Health, Run, Settings, Warm } from '#contract';
import {
  createSupervisor,
  createWarmth,
  followEvents,
  fromWarm,
  type ProcessOptions,
  plainLines,
  type Ready,
  type Usual,
  urlOf,
  watchAnswers,
} from '../backend/index.ts';
import type { Evidence } from '../incidents/index.ts';
import type { ForeignStart } from '../profiles/index.ts';
import { fromHealth, fromMachine, fromMemory, hasFailed, isWorking, withoutHealth } from './backend-state.ts';

export interface SupervisionParts {
  platform: NodeJS.Platform;
  usual: Usual;
  /** Our own. Read anew at each start: settings change in between. */
  process(): ProcessOptions;
  /** What the next start runs in its place; null: our own. */
  foreign(): ForeignStart | null;
  host(): string;
  backend(): BackendState;
  setBackend(next: BackendState): void;
  setWarm(warm: Warm): void;
  /** Output; a promise asks the backend to print no more until then. */
  write(text: string): Promise<void> | undefined;
  onRun(run: Run): void;
  /** What is known at this moment. Taken where it failed, before what the backend told is forgotten. */
  evidence(): Evidence;
  onPhase(next: BackendState, found: Evidence | null): void;
}

/** The supervised backend as the panel knows it: its phase, and what it tells of itself while it is ready. */
export function createSupervision(parts: SupervisionParts) {
  let ready: Ready | null = null;
  let foreign: ForeignStart | null = null;
  let health: Health | null = null;
  let memory: BackendMemory | null = null;
  const patch = (change: Partial<BackendState>) => parts.setBackend({ ...parts.backend(), ...change });

  const showHealth = (next: Health) => {
    health = next;
    parts.setBackend(fromHealth(parts.backend(), next));
  };
  const takeHealth = (next: Health) => {
    showHealth(next);
    if (!isWorking(next.worker.state)) return;
    supervisor.workerReady();
    // Only now: before, it would take the processor from what the person waits for.
    warmth.keep(next.settings.LBS_WARM_WORKERS?.value === true);
  };
  const takeMemory = (next: BackendMemory) => {
    memory = next;
    const told = fromMemory(parts.backend(), next);
    if (told !== parts.backend()) parts.setBackend(told);
  };
  const tellLastLine = (text: string) => {
    const lastLine = plainLines(text).at(-1);
    if (lastLine) patch({ lastLine });
  };

  const warmth = createWarmth(parts.process, parts.platform, parts.setWarm);
  const supervisor = createSupervisor({
    startTimeoutMs: () => parts.foreign()?.startMs,
    instance() {
      foreign = parts.foreign();
      if (foreign) {
        // Kept for a start of ours: RAM that the other one may need.
        warmth.keep(false);
        return { ...foreign.process, host: parts.host(), foreign: foreign.foreign };
      }
      const about = parts.process();
      const own = { ...about, env: { ...about.env, ...warmth.env } };
      return { ...(warmth.serverIsWarm() ? fromWarm(own) : own), host: parts.host(), foreign: null };
    },
    onSteps(steps) {
      patch({ steps, usualMs: foreign ? {} : parts.usual.usualMs() });
      const over = steps.at(-1)?.name === 'worker' && steps.at(-1)?.endedAt;
      if (over && health?.worker.warm === false) void parts.usual.learn(steps);
    },
    onOutput(text) {
      if (parts.backend().phase === 'starting') tellLastLine(text);
      return parts.write(text);
    },
    onState(machine, live) {
      const before = parts.backend().phase;
      const next = fromMachine(parts.backend(), machine, live);
      const found = before !== next.phase && hasFailed(next.phase) ? parts.evidence() : null;
      if (next.phase !== 'ready') {
        ready = null;
        health = null;
        memory = null;
      }
      parts.setBackend(next);
      if (before !== next.phase) parts.onPhase(next, found);
    },
    onReady(next, gone) {
      ready = next;
      if (!next.client) {
        patch({ url: new URL(next.healthUrl).origin });
        void watchAnswers(next.healthUrl, (silent) => patch({ silent }), gone);
        return;
      }
      patch({ url: urlOf(next.client.address) });
      takeHealth(next.health);
      followEvents(next.client.address, { onRun: parts.onRun, onMemory: takeMemory, onHealth: takeHealth }, gone);
    },
  });

  return {
    supervisor,
    /** The running backend's; null while none is ready. */
    client: () => ready?.client ?? null,
    health: () => health,
    /** What the present backend was started with, where it is not ours and is ready. */
    startedWith: (): Settings | null => (ready && !ready.client ? (foreign?.settings ?? null) : null),
    /** The present start, or the last one, is none of ours. */
    isForeign: () => foreign !== null,
    memory: () => memory,
    async start() {
      supervisor.start();
      await supervisor.whenReady();
    },
    async restart() {
      supervisor.restart();
      await supervisor.whenReady();
    },
    /** `handOver`: queued runs are left to the next start. */
    async stop(handOver = false) {
      supervisor.stop(handOver);
      await supervisor.whenStopped();
    },
    /** For one that was started by hand and is followed: what it tells is shown as if it were ours. */
    watched: { onMemory: takeMemory, onHealth: showHealth },
    /** It is not followed any more. */
    forget() {
      health = null;
      memory = null;
      parts.setBackend(withoutHealth(parts.backend()));
    },
    /** What is kept ready for the next start goes too. */
    stopWarm: warmth.stop,
  };
}

export type Supervision = ReturnType<typeof createSupervision>;
