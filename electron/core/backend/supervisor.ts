import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { type BackendPhase, PanelError, type Reason, type StartStep } from '#contract';
import { type Instance, type InstanceOptions, type Ready, startInstance } from './instance.ts';
import { type Effect, initialMachine, type MachineEvent, type MachineState, step } from './machine.ts';
import { fault } from './reasons.ts';

export interface SupervisorOptions {
  /** Read anew at each start: settings change in between. */
  instance(): Omit<InstanceOptions, 'onOutput' | 'onSteps'>;
  onOutput(text: string): void;
  onState(state: MachineState, live: { pid: number | null; terminal: 'pty' | 'pipe' }): void;
  onReady(ready: Ready, gone: AbortSignal): void;
  /** How far the present start has come. */
  onSteps(steps: StartStep[]): void;
}

export interface Supervisor {
  start(): void;
  /** `handOver`: queued runs are left to the next start. */
  stop(handOver?: boolean): void;
  restart(): void;
  phase(): BackendPhase;
  /** Resolves when an instance launched from now on is ready. Fails with a PanelError that says why not. */
  whenReady(): Promise<void>;
  whenStopped(): Promise<void>;
  /** Of the present start, or of the last one: what it left behind is still known as ours. */
  marker(): string | null;
  /** The worker of the present instance is ready: the last step of its start. */
  workerReady(): void;
}

/** Carries out what the machine decides, and tells it what happened. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  let state = initialMachine(Date.now());
  let current: Instance | null = null;
  let marker: string | null = null;
  let gone = new AbortController();
  let terminal: 'pty' | 'pipe' = 'pty';
  let alarm: NodeJS.Timeout | undefined;
  let handOver = false;
  const watchers = new Set<(state: MachineState) => void>();

  const send = (event: MachineEvent) => {
    const next = step(state, event);
    state = next.state;
    for (const effect of next.effects) carryOut(effect);
    options.onState(state, { pid: current?.terminal.pid ?? null, terminal });
    for (const watcher of [...watchers]) watcher(state);
  };
  const carryOut = (effect: Effect) => {
    if (effect.type === 'launch') void launch(effect.instance);
    else if (effect.type === 'end') void current?.end(handOver || state.after === 'start');
    else {
      clearTimeout(alarm);
      if (effect.at !== null) arm(effect.at);
    }
  };
  const arm = (due: number) => {
    // A timer may fire early by a hair, and the clock may be set back: the machine would ignore such an alarm for ever.
    alarm = setTimeout(() => send({ type: 'alarm', at: Math.max(due, Date.now()) }), due - Date.now());
    alarm.unref();
  };
  const exited = (instance: number, reason: Reason) => {
    current = null;
    gone.abort();
    send({ type: 'exited', at: Date.now(), instance, reason, jitter: Math.random() });
  };
  const launch = async (instance: number) => {
    gone = new AbortController();
    const { onOutput, onSteps } = options;
    const about = { ...options.instance(), onOutput, onSteps };
    if (!pythonExists(about.python, about.env)) return exited(instance, noPython(about.python));
    try {
      current = await startInstance(about);
    } catch (error) {
      return exited(instance, fault('spawn', PanelError.from(error).message));
    }
    const mine = current;
    marker = mine.marker;
    terminal = mine.terminal.kind;
    void mine.exited.then((reason) => exited(instance, reason));
    void mine.ready.then((ready) => {
      if (state.instance !== instance || state.phase !== 'starting') return;
      options.onReady(ready, gone.signal);
      send({ type: 'ready', at: Date.now(), instance });
    });
    options.onState(state, { pid: mine.terminal.pid, terminal });
    // Asked to stop while it was being started: what was not there then is ended now.
    if (state.phase === 'stopping') void mine.end(handOver || state.after === 'start');
  };
  const when = (done: (state: MachineState) => boolean) =>
    new Promise<MachineState>((resolve) => {
      const look = (now: MachineState) => {
        if (!done(now)) return;
        watchers.delete(look);
        resolve(now);
      };
      watchers.add(look);
      look(state);
    });

  return {
    start: () => send({ type: 'start', at: Date.now() }),
    stop(keepQueued = false) {
      handOver = keepQueued;
      send({ type: 'stop', at: Date.now() });
    },
    restart: () => send({ type: 'restart', at: Date.now() }),
    phase: () => state.phase,
    async whenReady() {
      const settled = await when((now) => now.phase !== 'starting' && now.phase !== 'stopping');
      if (settled.phase === 'ready') return;
      const why = settled.reason?.message ?? 'The backend was stopped before it was ready.';
      throw new PanelError('backend_error', why, { reason: settled.reason });
    },
    async whenStopped() {
      // A start that was asked for after this stop ends the waiting too.
      const now = await when((now) => now.phase !== 'stopping' || now.after === 'start');
      if (now.phase === 'failed' && now.reason?.code === 'stuck')
        throw new PanelError('backend_error', now.reason.message, { reason: now.reason });
    },
    marker: () => marker,
    workerReady: () => current?.passed('worker'),
  };
}

/** A bare word, as HEADROOM_PYTHON=python3, is looked for on PATH as a shell would. */
function pythonExists(python: string, env: Record<string, string>): boolean {
  if (isAbsolute(python)) return existsSync(python);
  return (env.PATH ?? env.Path ?? '').split(delimiter).some((folder) => existsSync(join(folder, python)));
}

const noPython = (python: string): Reason =>
  fault('missing_python', `There is no Python at ${python}: run npm run setup, or name one with HEADROOM_PYTHON.`);
