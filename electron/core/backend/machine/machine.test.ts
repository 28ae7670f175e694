import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Reason, verbatim } from '#contract';
import {
  backoff,
  type Effect,
  FAILURE_WINDOW_MS,
  initialMachine,
  MAX_FAILURES,
  type MachineEvent,
  type MachineState,
  STABLE_MS,
  START_TIMEOUT_MS,
  step,
} from './machine.ts';

const reason = (code: Reason['code']): Reason => ({
  code,
  sentence: verbatim(code),
  advice: null,
  exitCode: 1,
  signal: null,
  lines: [],
});

/** Feeds events in order; returns the last state and all effects. */
function play(events: MachineEvent[], from = initialMachine(0)) {
  const effects: Effect[] = [];
  let state: MachineState = from;
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects, launches: effects.filter((effect) => effect.type === 'launch').length };
}

const exit = (at: number, instance: number, code: Reason['code'] = 'crash'): MachineEvent => ({
  type: 'exited',
  at,
  instance,
  reason: reason(code),
  jitter: 0.5,
});
const started: MachineEvent[] = [
  { type: 'start', at: 0 },
  { type: 'ready', at: 700, instance: 1 },
];

it('a start keeps the timeout that was set when it was launched', () => {
  const launched = step(initialMachine(0), { type: 'start', at: 0 }, 600_000);
  expect(launched.effects).toContainEqual({ type: 'alarm', at: 600_000 });
  const early = step(launched.state, { type: 'alarm', at: START_TIMEOUT_MS });
  expect(early.state.phase).toBe('starting');
  const late = step(early.state, { type: 'alarm', at: 600_000 });
  expect(late.state).toMatchObject({ phase: 'stopping', reason: { code: 'start_timeout' } });
  expect(late.state.reason?.sentence.values).toEqual({ seconds: 600 });
  const next = step(step(late.state, { type: 'restart', at: 600_001 }).state, exit(600_002, 1));
  expect(next.effects).toContainEqual({ type: 'alarm', at: 600_002 + START_TIMEOUT_MS });
});

describe('the normal course', () => {
  it('starts, becomes ready and reports the duration', () => {
    const { state } = play(started);
    expect(state).toMatchObject({ phase: 'ready', since: 700, startedInMs: 700, reason: null });
  });

  it('restarts: launches the new instance only after the old one has exited', () => {
    const asked = play([...started, { type: 'restart', at: 1_000 }]);
    expect(asked.state.phase).toBe('stopping');
    expect(asked.launches).toBe(1);
    const over = play([exit(2_000, 1)], asked.state);
    expect(over.state).toMatchObject({ phase: 'starting', instance: 2, requestedAt: 1_000 });
    expect(over.launches).toBe(1);
  });

  it('stops, and remembers a start that is requested meanwhile', () => {
    const stopping = play([...started, { type: 'stop', at: 1_000 }]).state;
    expect(play([exit(1_500, 1)], stopping).state).toMatchObject({ phase: 'stopped', reason: null });
    expect(play([{ type: 'start', at: 1_200 }, exit(1_500, 1)], stopping).state.phase).toBe('starting');
  });
});

describe('failures', () => {
  it('retries after a crash, and shows the reason', () => {
    const crashed = play([...started, exit(5_000, 1)]).state;
    expect(crashed).toMatchObject({ phase: 'backoff', retryAt: 6_000, reason: { code: 'crash' } });
    expect(play([{ type: 'alarm', at: 5_999 }], crashed).state.phase).toBe('backoff');
    expect(play([{ type: 'alarm', at: 6_000 }], crashed).state).toMatchObject({ phase: 'starting', instance: 2 });
  });

  it.each(['configuration', 'missing_python', 'missing_package', 'port_busy', 'stuck'] as const)(
    'never retries %s',
    (code) => {
      const { state, launches } = play([{ type: 'start', at: 0 }, exit(100, 1, code), { type: 'alarm', at: 1e9 }]);
      expect(state).toMatchObject({ phase: 'failed', reason: { code } });
      expect(launches).toBe(1);
    },
  );

  it('fails after five failures in ten minutes, and the button gives five new tries', () => {
    let state = initialMachine(0);
    state = play([{ type: 'start', at: 0 }], state).state;
    for (let instance = 1; instance <= MAX_FAILURES; instance++) {
      expect(state.phase).toBe('starting');
      state = play([exit(instance * 1_000, instance)], state).state;
      if (state.retryAt !== null) state = play([{ type: 'alarm', at: state.retryAt }], state).state;
    }
    expect(state).toMatchObject({ phase: 'failed', instance: MAX_FAILURES });
    const again = play([{ type: 'start', at: 100_000 }], state).state;
    expect(again).toMatchObject({ phase: 'starting', failures: [] });
  });

  it('keeps retrying when failures are more than ten minutes apart', () => {
    let state = play([{ type: 'start', at: 0 }]).state;
    for (let instance = 1; instance <= 12; instance++) {
      const at = instance * (FAILURE_WINDOW_MS / 4 + 1_000);
      state = play(
        [
          { type: 'ready', at: at - STABLE_MS - 1, instance },
          { type: 'alarm', at: at - 1 },
        ],
        state,
      ).state;
      state = play([exit(at, instance)], state).state;
      expect(state.phase).toBe('backoff');
      state = play([{ type: 'alarm', at: state.retryAt ?? 0 }], state).state;
    }
  });

  it('resets the streak after a minute of readiness', () => {
    const again = { ...play(started).state, streak: 4 };
    expect(play([exit(STABLE_MS, 1)], again).state.streak).toBe(5);
    const stable = play([{ type: 'alarm', at: 700 + STABLE_MS }, exit(70_000, 1)], again).state;
    expect(stable).toMatchObject({ streak: 1, retryAt: 71_000 });
  });

  it('terminates a start that times out, and counts it as a failure', () => {
    const late = play([
      { type: 'start', at: 0 },
      { type: 'alarm', at: START_TIMEOUT_MS },
    ]);
    expect(late.effects.at(-2)).toEqual({ type: 'terminate', instance: 1 });
    const over = play([exit(START_TIMEOUT_MS + 900, 1)], late.state).state;
    expect(over).toMatchObject({ phase: 'backoff', reason: { code: 'start_timeout' } });
  });

  it('doubles the delay up to a minute', () => {
    expect([1, 2, 3, 7, 50].map((streak) => backoff(streak, 0.5))).toEqual([1_000, 2_000, 4_000, 60_000, 60_000]);
    expect(backoff(1, 0)).toBe(800);
    expect(backoff(50, 1)).toBe(60_000);
  });
});

/** Plays random events against a model of the world: an instance lives from its launch to its exit. */
const action = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('start', 'stop', 'restart') },
  { weight: 4, arbitrary: fc.constantFrom('ready', 'crash', 'configuration', 'stuck', 'alarm', 'stale') },
);

describe('whatever happens', () => {
  it('never launches while an instance runs, and never terminates one that does not', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(action, fc.nat(90_000)), { maxLength: 60 }), (script) => {
        let state = initialMachine(0);
        let alive: number | null = null;
        let at = 0;
        for (const [name, delay] of script) {
          at += delay;
          const event = toEvent(name, at, alive, state);
          if (event === null) continue;
          if (event.type === 'exited' && event.instance === alive) alive = null;
          const next = step(state, event);
          for (const effect of next.effects) {
            if (effect.type === 'launch') {
              expect(alive).toBeNull();
              alive = effect.instance;
            }
            if (effect.type === 'terminate') expect(effect.instance).toBe(alive);
          }
          state = next.state;
          const living = ['starting', 'ready', 'stopping'].includes(state.phase);
          expect(living).toBe(alive !== null);
          if (state.phase === 'backoff') expect(state.retryAt).toBeGreaterThan(state.since);
          if (state.phase === 'failed') expect(state.reason).not.toBeNull();
        }
      }),
      { numRuns: 500 },
    );
  });

  it('a stop always leads to stopped once the instance has exited', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 30 }), (names) => {
        let state = initialMachine(0);
        let at = 0;
        for (const name of names) {
          at += 500;
          const alive = ['starting', 'ready', 'stopping'].includes(state.phase) ? state.instance : null;
          const event = toEvent(name, at, alive, state);
          if (event) state = step(state, event).state;
        }
        state = step(state, { type: 'stop', at }).state;
        if (state.phase === 'stopping') state = step(state, exit(at + 1, state.instance)).state;
        expect(state.phase).toBe('stopped');
      }),
    );
  });
});

function toEvent(name: string, at: number, alive: number | null, state: MachineState): MachineEvent | null {
  if (name === 'start' || name === 'stop' || name === 'restart') return { type: name, at };
  if (name === 'alarm') return { type: 'alarm', at };
  if (name === 'stale') return exit(at, state.instance - 1);
  if (alive === null) return null;
  if (name === 'ready') return { type: 'ready', at, instance: alive };
  return exit(at, alive, name as Reason['code']);
}
