import { type BackendPhase, PanelError, type Reason, type StartStep } from '#contract';
import { type Clock, realClock } from '../machine/clock.ts';
import { type Effect, initialMachine, type MachineEvent, type MachineState, step } from '../machine/machine.ts';
import { fault } from '../reasons/reasons.ts';
import { type Instance, type InstanceOptions, type Ready, startInstance } from './instance.ts';
import { obstacleTo } from './obstacles.ts';

export interface SupervisorOptions {
  /** Read anew at each start: settings change in between. */
  instance(): Omit<InstanceOptions, 'onOutput' | 'onSteps'>;
  /** How long the next start may take, where that is not the usual minute. */
  startTimeoutMs?(): number | undefined;
  onOutput(text: string): Promise<void> | undefined;
  onState(state: MachineState, live: { pid: number | null; terminal: 'pty' | 'pipe' }): void;
  onReady(ready: Ready, gone: AbortSignal): void;
  /** How far the present start has come. */
  onSteps(steps: StartStep[]): void;
  clock?: Clock;
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
  const { clock = realClock } = options;
  let state = initialMachine(clock.now());
  let current: Instance | null = null;
  let marker: string | null = null;
  let gone = new AbortController();
  let terminal: 'pty' | 'pipe' = 'pty';
  let callOff: () => void = () => undefined;
  let handOver = false;
  const watchers = new Set<(state: MachineState) => void>();

  const send = (event: MachineEvent) => {
    const next = step(state, event, options.startTimeoutMs?.());
    state = next.state;
    for (const effect of next.effects) carryOut(effect);
    options.onState(state, { pid: current?.terminal.pid ?? null, terminal });
    for (const watcher of [...watchers]) watcher(state);
  };
  const carryOut = (effect: Effect) => {
    if (effect.type === 'launch') void launch(effect.instance);
    else if (effect.type === 'end') void current?.end(handOver || state.after === 'start');
    else {
      callOff();
      if (effect.at !== null) arm(effect.at);
    }
  };
  const arm = (due: number) => {
    // A timer may fire early by a hair, and the clock may be set back: the machine would ignore such an alarm for ever.
    callOff = clock.at(due, () => send({ type: 'alarm', at: Math.max(due, clock.now()) }));
  };
  const exited = (instance: number, reason: Reason) => {
    current = null;
    gone.abort();
    send({ type: 'exited', at: clock.now(), instance, reason, jitter: Math.random() });
  };
  const launch = async (instance: number) => {
    gone = new AbortController();
    const { onOutput, onSteps } = options;
    const about = { ...options.instance(), onOutput, onSteps };
    const obstacle = await obstacleTo(about);
    if (obstacle) return exited(instance, obstacle);
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
      send({ type: 'ready', at: clock.now(), instance });
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
    start: () => send({ type: 'start', at: clock.now() }),
    stop(keepQueued = false) {
      handOver = keepQueued;
      send({ type: 'stop', at: clock.now() });
    },
    restart: () => send({ type: 'restart', at: clock.now() }),
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
