import { PanelError, type Reason } from '#contract';
import type { Instance } from './launch.ts';
import { initialMachine, type MachineEvent, type MachineState, step } from './machine.ts';
import { exitReason, noStart, stuckReason } from './reason.ts';

/** What the supervisor needs of the world; a test brings its own. */
export interface Ward {
  /** Starts one instance. A PanelError says why it could not. */
  launch(): Promise<Instance>;
  /** Resolves true when the instance answers; false once aborted. */
  untilReady(instance: Instance, signal: AbortSignal): Promise<boolean>;
  /** Asks the instance to end by itself; may fail. */
  askToEnd(instance: Instance): Promise<void>;
  lastLines(): string[];
  /** Everything of it is gone. */
  onGone(): void;
}

export interface Supervisor {
  state(): MachineState;
  onChange(listener: (state: MachineState, before: MachineState) => void): () => void;
  /** Resolve when ready; fail with a PanelError (`backend_error`) that tells the reason. */
  start(): Promise<void>;
  restart(): Promise<void>;
  /** Resolves when everything of the backend is gone. */
  stop(): Promise<void>;
}

/** How long a polite request, then a SIGTERM, may take before the next harder step. */
export const POLITE_MS = 3_000;
export const TERM_MS = 2_000;

/** Carries out what the machine decides. */
export function createSupervisor(ward: Ward, options: { politeMs?: number; termMs?: number } = {}): Supervisor {
  const { politeMs = POLITE_MS, termMs = TERM_MS } = options;
  const listeners = new Set<(state: MachineState, before: MachineState) => void>();
  let state = initialMachine(Date.now());
  let timer: NodeJS.Timeout | null = null;
  /** Aborted when the present instance shall end, or has ended. */
  let ending = new AbortController();

  const send = (event: MachineEvent) => {
    const before = state;
    const next = step(before, event);
    state = next.state;
    for (const effect of next.effects) {
      if (effect.type === 'launch') void live(effect.instance);
      else if (effect.type === 'end') ending.abort();
      else arm(effect.at);
    }
    if (state !== before) for (const listener of [...listeners]) listener(state, before);
  };
  const arm = (at: number | null) => {
    if (timer) clearTimeout(timer);
    // A little late rather than early: an early alarm is ignored and would not come again.
    timer = at === null ? null : setTimeout(() => send({ type: 'alarm', at: Date.now() }), at - Date.now() + 2);
  };

  /** One instance from its launch to the moment when nothing of it is left. */
  const live = async (number: number) => {
    ending = new AbortController();
    const { signal } = ending;
    let reason: Reason;
    try {
      reason = await follow(number, signal);
    } catch (error) {
      const failure = PanelError.from(error);
      reason = noStart(failure.code === 'not_found' ? 'missing_python' : 'spawn', failure.message);
    }
    ward.onGone();
    send({ type: 'exited', at: Date.now(), instance: number, reason, jitter: Math.random() });
  };
  const follow = async (number: number, signal: AbortSignal): Promise<Reason> => {
    const instance = await ward.launch();
    const over = new AbortController();
    const stopWaiting = () => over.abort();
    signal.addEventListener('abort', stopWaiting);
    void ward.untilReady(instance, over.signal).then((is) => {
      if (is) send({ type: 'ready', at: Date.now(), instance: number });
    });
    const exit = await Promise.race([instance.leaderExited, endWhenAsked(instance, signal)]);
    over.abort();
    signal.removeEventListener('abort', stopWaiting);
    // What the leader left behind, and the leader too where it would not go.
    const survivors = await instance.clear();
    return survivors.length > 0 ? stuckReason(survivors, exit) : exitReason(exit, ward.lastLines());
  };
  const endWhenAsked = async (instance: Instance, signal: AbortSignal) => {
    await aborted(signal);
    await within(politeMs, Promise.all([ward.askToEnd(instance).catch(() => undefined), instance.leaderExited]));
    // To the group, also where the leader has gone: its children get the chance to clean up.
    instance.terminate();
    return within(termMs, instance.leaderExited).then((exit) => exit ?? { exitCode: null, signal: 'SIGKILL' });
  };

  /** Resolves at the first state in which `verdict` says so, or fails with what it throws. */
  const settled = (verdict: (state: MachineState) => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        try {
          if (!verdict(state)) return;
          resolve();
        } catch (error) {
          reject(error);
        }
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });

  return {
    state: () => state,
    onChange(listener) {
      const own = (now: MachineState, before: MachineState) => listener(now, before);
      listeners.add(own);
      return () => listeners.delete(own);
    },
    start() {
      send({ type: 'start', at: Date.now() });
      return settled(isReady);
    },
    restart() {
      send({ type: 'restart', at: Date.now() });
      return settled(isReady);
    },
    stop() {
      send({ type: 'stop', at: Date.now() });
      return settled(isDown);
    },
  };
}

function isReady(state: MachineState): boolean {
  if (state.phase === 'starting' || state.phase === 'stopping') return false;
  if (state.phase === 'ready') return true;
  if (state.reason === null) throw new PanelError('refused', 'The backend was stopped before it was ready.');
  throw new PanelError('backend_error', state.reason.message, { code: state.reason.code, lines: state.reason.lines });
}

function isDown(state: MachineState): boolean {
  if (state.phase === 'failed' && state.reason?.code === 'stuck')
    throw new PanelError('backend_error', state.reason.message, { lines: state.reason.lines });
  // A start that came after this stop: what this stop asked for is over.
  return state.phase !== 'stopping' || state.after === 'start';
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** What the promise gives, or null where it takes longer. */
function within<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(null), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
