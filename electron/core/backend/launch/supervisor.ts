import { type BackendPhase, PanelError, type Reason, type StartStep } from '#contract';
import { type Clock, realClock } from '../machine/clock.ts';
import { type Effect, initialMachine, type MachineEvent, type MachineState, step } from '../machine/machine.ts';
import { fault } from '../reasons/reasons.ts';
import { say } from '../sentences.ts';
import { type Instance, type InstanceOptions, type Leave, type Ready, startInstance } from './instance.ts';
import { obstacleTo } from './obstacles.ts';

interface SupervisorOptions {
  /** Read at each start: settings change in between. */
  instance(): Omit<InstanceOptions, 'onOutput' | 'onSteps' | 'onUnheard'>;
  /** The timeout of the next start, where it is not the default minute. */
  startTimeoutMs?(): number | undefined;
  onOutput(text: string): Promise<void> | undefined;
  /** A backend that had to be terminated did not take the request to exit. */
  onUnheard(): void;
  onState(state: MachineState, live: { pid: number | null; terminal: 'pty' | 'pipe' }): void;
  onReady(ready: Ready, exited: AbortSignal): void;
  /** The progress of the current start. */
  onSteps(steps: StartStep[]): void;
  clock?: Clock;
}

export interface Supervisor {
  start(): void;
  /** Asks it to exit as `leave` says. */
  stop(leave?: Leave): void;
  restart(): void;
  phase(): BackendPhase;
  /** Resolves when an instance launched from now on is ready; throws PanelError with the reason otherwise. */
  whenReady(): Promise<void>;
  whenStopped(): Promise<void>;
  /** The marker of the current start, or of the last one: it still identifies its leftover processes. */
  marker(): string | null;
  /** Marks the last step of the start: the worker of the current instance is ready. */
  workerReady(): void;
}

/** Carries out the effects of the state machine and sends it events. */
export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { clock = realClock } = options;
  let state = initialMachine(clock.now());
  let current: Instance | null = null;
  let marker: string | null = null;
  let instanceExit = new AbortController();
  let terminal: 'pty' | 'pipe' = 'pty';
  let cancelAlarm: () => void = () => undefined;
  let leave: Leave = {};
  const watchers = new Set<(state: MachineState) => void>();

  const send = (event: MachineEvent) => {
    const next = step(state, event, options.startTimeoutMs?.());
    state = next.state;
    for (const effect of next.effects) carryOut(effect);
    options.onState(state, { pid: current?.pid() ?? null, terminal });
    for (const watcher of [...watchers]) watcher(state);
  };
  const carryOut = (effect: Effect) => {
    if (effect.type === 'launch') void launch(effect.instance);
    else if (effect.type === 'terminate') void current?.terminate(leave);
    else {
      cancelAlarm();
      if (effect.at !== null) arm(effect.at);
    }
  };
  const arm = (due: number) => {
    // A timer may fire slightly early, and the clock may be set back: the machine would ignore such an alarm forever.
    cancelAlarm = clock.at(due, () => send({ type: 'alarm', at: Math.max(due, clock.now()) }));
  };
  const exited = (instance: number, reason: Reason) => {
    current = null;
    instanceExit.abort();
    send({ type: 'exited', at: clock.now(), instance, reason, jitter: Math.random() });
  };
  const launch = async (instance: number) => {
    instanceExit = new AbortController();
    const { onOutput, onSteps, onUnheard } = options;
    const about = { ...options.instance(), onOutput, onSteps, onUnheard };
    const obstacle = await obstacleTo(about);
    if (obstacle) return exited(instance, obstacle);
    try {
      current = await startInstance(about);
    } catch (error) {
      return exited(instance, fault('spawn', PanelError.from(error).sentence));
    }
    const mine = current;
    marker = mine.marker;
    terminal = mine.terminal.kind;
    void mine.exited.then((reason) => exited(instance, reason));
    void mine.ready.then((ready) => {
      if (state.instance !== instance || state.phase !== 'starting') return;
      options.onReady(ready, instanceExit.signal);
      send({ type: 'ready', at: clock.now(), instance });
    });
    options.onState(state, { pid: mine.pid(), terminal });
    // A stop was requested during the launch, before there was anything to terminate.
    if (state.phase === 'stopping') void mine.terminate(leave);
  };
  const when = (done: (state: MachineState) => boolean) =>
    new Promise<MachineState>((resolve) => {
      const check = (now: MachineState) => {
        if (!done(now)) return;
        watchers.delete(check);
        resolve(now);
      };
      watchers.add(check);
      check(state);
    });

  return {
    start: () => send({ type: 'start', at: clock.now() }),
    stop(how = {}) {
      leave = how;
      send({ type: 'stop', at: clock.now() });
    },
    restart() {
      // Only a person restarts a backend that runs.
      leave = { handOver: true, byPerson: true };
      send({ type: 'restart', at: clock.now() });
    },
    phase: () => state.phase,
    async whenReady() {
      const settled = await when((now) => now.phase !== 'starting' && now.phase !== 'stopping');
      if (settled.phase === 'ready') return;
      const sentence = settled.reason?.sentence ?? say('stoppedEarly');
      throw new PanelError('backend_error', sentence, { reason: settled.reason });
    },
    async whenStopped() {
      // A start that was requested after this stop ends the wait too.
      const now = await when((now) => now.phase !== 'stopping' || now.after === 'start');
      if (now.phase === 'failed' && now.reason?.code === 'stuck')
        throw new PanelError('backend_error', now.reason.sentence, { reason: now.reason });
    },
    marker: () => marker,
    workerReady: () => current?.finish('worker'),
  };
}
