import type { BackendPhase, Reason } from '#contract';

/**
 * The supervisor's policy, pure: what happens, when, goes in; the next state and what is to be done come out. The one
 * rule above all: between two launches of instances lies the exit of the first, whatever a person presses in between.
 */

export interface MachineState {
  phase: BackendPhase;
  /** Unix milliseconds, as every time here. */
  since: number;
  /** The number of the last instance that was launched; what an older one still says is ignored. */
  instance: number;
  /** In `stopping`: what follows the exit. */
  after: 'stop' | 'start' | 'fault';
  /** Why the backend is not running, or why it last was not. */
  reason: Reason | null;
  /** When it failed within the last ten minutes. */
  failures: readonly number[];
  /** Failures in a row without a minute of readiness between them: the exponent of the back-off. */
  streak: number;
  retryAt: number | null;
  /** When a person, or a retry, last asked for a start. */
  askedAt: number;
  /** Milliseconds from `askedAt` to ready. */
  startedInMs: number | null;
  /** How long the present start, or the next one, may take. */
  startTimeoutMs: number;
}

export type MachineEvent =
  | { type: 'start' | 'stop' | 'restart'; at: number }
  | { type: 'ready'; at: number; instance: number }
  /** The instance and everything that it started is gone, or could not be started. `jitter` in [0, 1]. */
  | { type: 'exited'; at: number; instance: number; reason: Reason; jitter: number }
  | { type: 'alarm'; at: number };

export type Effect =
  | { type: 'launch'; instance: number }
  | { type: 'end'; instance: number }
  /** Send `alarm` at this time; it replaces the alarm before. Null: none. */
  | { type: 'alarm'; at: number | null };

export type Step = { state: MachineState; effects: Effect[] };

export const START_TIMEOUT_MS = 60_000;
export const STABLE_MS = 60_000;
export const FAILURE_WINDOW_MS = 600_000;
export const MAX_FAILURES = 5;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/** A next try would fail in the same way: a person has to do something first. */
const hopeless: readonly Reason['code'][] = [
  'configuration',
  'missing_python',
  'missing_program',
  'missing_package',
  'missing_library',
  'disk_full',
  'database',
  'port_busy',
  'stuck',
];

export const initialMachine = (at: number): MachineState => ({
  phase: 'stopped',
  since: at,
  instance: 0,
  after: 'stop',
  reason: null,
  failures: [],
  streak: 0,
  retryAt: null,
  askedAt: at,
  startedInMs: null,
  startTimeoutMs: START_TIMEOUT_MS,
});

export function step(before: MachineState, event: MachineEvent, startTimeoutMs = START_TIMEOUT_MS): Step {
  // A start that is on keeps the time that it was given.
  const kept = before.phase === 'starting' || before.startTimeoutMs === startTimeoutMs;
  const state = kept ? before : { ...before, startTimeoutMs };
  switch (event.type) {
    case 'start':
      return start(state, event.at);
    case 'stop':
      return stop(state, event.at);
    case 'restart':
      return isAlive(state) ? end(state, event.at, 'start') : start(state, event.at);
    case 'ready':
      return ready(state, event);
    case 'exited':
      return exited(state, event);
    case 'alarm':
      return alarm(state, event.at);
  }
}

const isAlive = (state: MachineState) =>
  state.phase === 'starting' || state.phase === 'ready' || state.phase === 'stopping';

const unchanged = (state: MachineState): Step => ({ state, effects: [] });

/** A person's start forgets old failures: the button on `failed` gives five new tries. */
function start(state: MachineState, at: number): Step {
  if (state.phase === 'starting' || state.phase === 'ready') return unchanged(state);
  if (state.phase === 'stopping') return end(state, at, 'start');
  return launch({ ...state, failures: [], streak: 0, askedAt: at }, at);
}

function stop(state: MachineState, at: number): Step {
  if (isAlive(state)) return end(state, at, 'stop');
  if (state.phase === 'stopped') return unchanged(state);
  return { state: stopped(state, at), effects: [{ type: 'alarm', at: null }] };
}

const stopped = (state: MachineState, at: number): MachineState => ({
  ...state,
  phase: 'stopped',
  since: at,
  retryAt: null,
  reason: null,
});

function launch(state: MachineState, at: number): Step {
  const instance = state.instance + 1;
  return {
    state: { ...state, phase: 'starting', since: at, instance, retryAt: null, startedInMs: null },
    effects: [
      { type: 'launch', instance },
      { type: 'alarm', at: at + state.startTimeoutMs },
    ],
  };
}

/** Ends what lives; while it is ending already only what follows changes. */
function end(state: MachineState, at: number, after: MachineState['after']): Step {
  const asked = after === 'start' ? { failures: [], streak: 0, askedAt: at } : {};
  if (state.phase === 'stopping') return unchanged({ ...state, ...asked, after });
  return {
    state: { ...state, ...asked, phase: 'stopping', since: at, after },
    effects: [
      { type: 'end', instance: state.instance },
      { type: 'alarm', at: null },
    ],
  };
}

function ready(state: MachineState, event: { at: number; instance: number }): Step {
  if (state.phase !== 'starting' || event.instance !== state.instance) return unchanged(state);
  const startedInMs = event.at - state.askedAt;
  return {
    state: { ...state, phase: 'ready', since: event.at, reason: null, startedInMs },
    effects: [{ type: 'alarm', at: event.at + STABLE_MS }],
  };
}

function exited(state: MachineState, event: Extract<MachineEvent, { type: 'exited' }>): Step {
  if (!isAlive(state) || event.instance !== state.instance) return unchanged(state);
  const { at, reason } = event;
  // Something of it lives on and cannot be ended: a new one beside it would make two.
  if (reason.code === 'stuck') return failed(state, at, reason);
  if (state.phase !== 'stopping') return failure(state, event, reason);
  if (state.after === 'start') return launch(state, at);
  if (state.after === 'fault') return failure(state, event, state.reason ?? reason);
  return { state: stopped(state, at), effects: [{ type: 'alarm', at: null }] };
}

function failure(state: MachineState, event: { at: number; jitter: number }, reason: Reason): Step {
  const { at } = event;
  const failures = [...state.failures.filter((time) => time > at - FAILURE_WINDOW_MS), at];
  const next = { ...state, failures, streak: state.streak + 1, reason };
  if (hopeless.includes(reason.code) || failures.length >= MAX_FAILURES) return failed(next, at, reason);
  const retryAt = at + backoff(next.streak, event.jitter);
  return {
    state: { ...next, phase: 'backoff', since: at, retryAt },
    effects: [{ type: 'alarm', at: retryAt }],
  };
}

const failed = (state: MachineState, at: number, reason: Reason): Step => ({
  state: { ...state, phase: 'failed', since: at, retryAt: null, reason },
  effects: [{ type: 'alarm', at: null }],
});

/** Milliseconds before try number `streak`: 1 s, doubling, a fifth more or less by chance, 60 s at most. */
export function backoff(streak: number, jitter: number): number {
  const plain = FIRST_DELAY_MS * 2 ** Math.min(streak - 1, 10);
  return Math.round(Math.min(LONGEST_DELAY_MS, plain * (0.8 + 0.4 * jitter)));
}

/** An alarm that comes too early, or for a phase that is over, changes nothing. */
function alarm(state: MachineState, at: number): Step {
  if (state.phase === 'backoff' && state.retryAt !== null && at >= state.retryAt)
    return launch({ ...state, askedAt: at }, at);
  if (state.phase === 'ready' && at >= state.since + STABLE_MS) return unchanged({ ...state, streak: 0 });
  if (state.phase === 'starting' && at >= state.since + state.startTimeoutMs)
    return end({ ...state, reason: startTimeout(state.startTimeoutMs) }, at, 'fault');
  return unchanged(state);
}

const startTimeout = (ms: number): Reason => ({
  code: 'start_timeout',
  message: `The backend did not answer within ${ms / 1000} seconds of its start: its output says how far it came.`,
  advice: 'Try again. If it happens again, look at its log and at the Checks page.',
  exitCode: null,
  signal: null,
  lines: [],
});
