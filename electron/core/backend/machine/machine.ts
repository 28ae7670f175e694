import type { BackendPhase, Reason } from '#contract';
import { say } from '../sentences.ts';

/**
 * The supervisor's policy as a pure function: an event and its time go in, the next state and the effects come out. Its
 * invariant: an instance is launched only after the previous one has exited, whatever a person presses in between.
 */

export interface MachineState {
  phase: BackendPhase;
  /** Unix milliseconds, like every time here. */
  since: number;
  /** The number of the last launched instance; events of older ones are ignored. */
  instance: number;
  /** In `stopping`: what follows the exit. */
  after: 'stop' | 'start' | 'fault';
  /** Why the backend is not running, or last was not. */
  reason: Reason | null;
  /** The times of failures within the last ten minutes. */
  failures: readonly number[];
  /** Failures in a row without a minute of readiness between them: the exponent of the back-off. */
  streak: number;
  retryAt: number | null;
  /** When a person or a retry last requested a start. */
  requestedAt: number;
  /** Milliseconds from `requestedAt` to ready. */
  startedInMs: number | null;
  /** The timeout of the current start, or of the next one. */
  startTimeoutMs: number;
}

export type MachineEvent =
  | { type: 'start' | 'stop' | 'restart'; at: number }
  | { type: 'ready'; at: number; instance: number }
  /** The instance and all its processes have exited, or it could not be started. `jitter` in [0, 1]. */
  | { type: 'exited'; at: number; instance: number; reason: Reason; jitter: number }
  | { type: 'alarm'; at: number };

export type Effect =
  | { type: 'launch'; instance: number }
  | { type: 'terminate'; instance: number }
  /** Send `alarm` at this time, in place of the previous alarm; null: no alarm. */
  | { type: 'alarm'; at: number | null };

export type Step = { state: MachineState; effects: Effect[] };

export const START_TIMEOUT_MS = 60_000;
export const STABLE_MS = 60_000;
export const FAILURE_WINDOW_MS = 600_000;
export const MAX_FAILURES = 5;
const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 60_000;

/** A retry would fail in the same way: a person has to act first. */
const permanent: readonly Reason['code'][] = [
  'configuration',
  'not_allowed',
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
  requestedAt: at,
  startedInMs: null,
  startTimeoutMs: START_TIMEOUT_MS,
});

export function step(before: MachineState, event: MachineEvent, startTimeoutMs = START_TIMEOUT_MS): Step {
  // The current start keeps its timeout.
  const unchangedTimeout = before.phase === 'starting' || before.startTimeoutMs === startTimeoutMs;
  const state = unchangedTimeout ? before : { ...before, startTimeoutMs };
  switch (event.type) {
    case 'start':
      return start(state, event.at);
    case 'stop':
      return stop(state, event.at);
    case 'restart':
      return isAlive(state) ? terminate(state, event.at, 'start') : start(state, event.at);
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

/** A start by a person clears old failures: the button in `failed` gives five new tries. */
function start(state: MachineState, at: number): Step {
  if (state.phase === 'starting' || state.phase === 'ready') return unchanged(state);
  if (state.phase === 'stopping') return terminate(state, at, 'start');
  return launch({ ...state, failures: [], streak: 0, requestedAt: at }, at);
}

function stop(state: MachineState, at: number): Step {
  if (isAlive(state)) return terminate(state, at, 'stop');
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

/** Terminates a running instance; while it is stopping, only what follows changes. */
function terminate(state: MachineState, at: number, after: MachineState['after']): Step {
  const request = after === 'start' ? { failures: [], streak: 0, requestedAt: at } : {};
  if (state.phase === 'stopping') return unchanged({ ...state, ...request, after });
  return {
    state: { ...state, ...request, phase: 'stopping', since: at, after },
    effects: [
      { type: 'terminate', instance: state.instance },
      { type: 'alarm', at: null },
    ],
  };
}

function ready(state: MachineState, event: { at: number; instance: number }): Step {
  if (state.phase !== 'starting' || event.instance !== state.instance) return unchanged(state);
  const startedInMs = event.at - state.requestedAt;
  return {
    state: { ...state, phase: 'ready', since: event.at, reason: null, startedInMs },
    effects: [{ type: 'alarm', at: event.at + STABLE_MS }],
  };
}

function exited(state: MachineState, event: Extract<MachineEvent, { type: 'exited' }>): Step {
  if (!isAlive(state) || event.instance !== state.instance) return unchanged(state);
  const { at, reason } = event;
  // A process of it survives: a new instance beside it would make two.
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
  if (permanent.includes(reason.code) || failures.length >= MAX_FAILURES) return failed(next, at, reason);
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

/** Milliseconds before retry number `streak`: 1 s, doubling, with 20 % jitter, at most 60 s. */
export function backoff(streak: number, jitter: number): number {
  const plain = FIRST_DELAY_MS * 2 ** Math.min(streak - 1, 10);
  return Math.round(Math.min(LONGEST_DELAY_MS, plain * (0.8 + 0.4 * jitter)));
}

/** An early alarm, or one for an earlier phase, changes nothing. */
function alarm(state: MachineState, at: number): Step {
  if (state.phase === 'backoff' && state.retryAt !== null && at >= state.retryAt)
    return launch({ ...state, requestedAt: at }, at);
  if (state.phase === 'ready' && at >= state.since + STABLE_MS) return unchanged({ ...state, streak: 0 });
  if (state.phase === 'starting' && at >= state.since + state.startTimeoutMs)
    return terminate({ ...state, reason: startTimeout(state.startTimeoutMs) }, at, 'fault');
  return unchanged(state);
}

const startTimeout = (ms: number): Reason => ({
  code: 'start_timeout',
  sentence: say('startTimeout', { seconds: ms / 1_000 }),
  advice: say('readLog'),
  exitCode: null,
  signal: null,
  lines: [],
});
