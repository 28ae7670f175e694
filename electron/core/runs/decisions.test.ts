import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AfterRun,
  type AfterRunAction,
  combinedActions,
  contradict,
  PanelError,
  type Run,
  runSchema,
  verbatim,
} from '#contract';
import { createDecisions } from './decisions.ts';
import { type PendingEvent, stepPending } from './pending.ts';

const run = (req_id: string): Run =>
  runSchema.parse({
    req_id,
    dataset: 'Needle/x',
    model: '/m',
    status: 'processing',
    current_item: 3,
    total_items: 7,
    current_question: '',
    start_time: null,
    last_update_time: null,
    estimated_remaining_seconds: null,
    progress_percentage: 40,
    error: null,
    error_code: null,
    parameters: {},
    resumes: null,
    result: null,
  });

/** A backend with the run `first`; `whileHolding` lets a test change it while the backend is asked to hold. */
function world(first: Run | null) {
  const calls = { done: [] as AfterRunAction[], held: [] as boolean[], failed: [] as AfterRunAction[] };
  let current = first;
  let ready = true;
  let pending: AfterRun | null = null;
  let holding: () => void = () => undefined;
  let refusal: PanelError | null = null;
  const client = {
    hold: async (hold: boolean) => {
      calls.held.push(hold);
      holding();
    },
  };
  const decisions = createDecisions({
    client: () => (ready ? client : null),
    current: () => current,
    async perform(action) {
      calls.done.push(action);
      if (action === 'clear') throw new PanelError('backend_error', verbatim('Not freed.'));
      return `${action} is done`;
    },
    obstacle: () => refusal,
    onPending: (next) => {
      pending = next;
    },
    onFailed: (action) => calls.failed.push(action),
  });
  const become = (next: Run | null) => {
    current = next;
    decisions.update();
  };
  const exit = (why: PanelError | null = null) => {
    ready = false;
    refusal = why;
    decisions.update();
  };
  return { calls, decisions, become, exit, pending: () => pending, whileHolding: (act: () => void) => (holding = act) };
}

describe('an action that would end a run', () => {
  it.each([undefined, 'now', 'afterRun'] as const)('happens at once where no run is in progress (%s)', async (when) => {
    const { calls, decisions } = world(null);
    expect(await decisions.decide('stop', when)).toBe('stop is done');
    expect(calls).toMatchObject({ done: ['stop'], held: [] });
  });

  it('is refused with the name of the run where the caller does not say when', async () => {
    const { calls, decisions } = world(run('a'));
    await expect(decisions.decide('stop', undefined)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('Run a (x) is in progress, with 3 of 7'),
      details: { run: 'a' },
    });
    expect(calls).toMatchObject({ done: [], held: [] });
  });

  it('waits for the run in progress, holds queued runs, and happens once', async () => {
    const { calls, decisions, become, pending } = world(run('a'));
    expect(await decisions.decide('apply', 'afterRun')).toBeNull();
    expect(pending()).toMatchObject({ action: 'apply', reqId: 'a' });
    become(run('a'));
    expect(calls).toMatchObject({ done: [], held: [true] });
    become(null);
    become(null);
    expect(calls.done).toEqual(['apply']);
    expect(pending()).toBeNull();
  });

  it('releases the queue when it is cancelled, and is forgotten when the panel exits', async () => {
    const first = world(run('a'));
    await first.decisions.decide('stop', 'afterRun');
    await first.decisions.cancel();
    first.become(null);
    expect(first.calls).toMatchObject({ done: [], held: [true, false] });
    const second = world(run('a'));
    await second.decisions.decide('apply', 'afterRun');
    second.decisions.drop();
    second.exit();
    expect(second.calls.done).toEqual([]);
  });

  it('stays in sight where the backend does not release its queue, and can be cancelled again', async () => {
    const { calls, decisions, become, pending, whileHolding } = world(run('a'));
    await decisions.decide('stop', 'afterRun');
    whileHolding(() => {
      throw new PanelError('backend_error', verbatim('No answer.'));
    });
    await expect(decisions.cancel()).rejects.toThrow('No answer');
    expect(pending()).toMatchObject({ action: 'stop', reqId: 'a' });
    whileHolding(() => undefined);
    await decisions.cancel();
    become(null);
    expect(calls).toMatchObject({ done: [], held: [true, false, false] });
  });

  it('releases the queue where the backend was late to hold it', async () => {
    const { calls, decisions, pending, whileHolding } = world(run('a'));
    whileHolding(() => {
      throw new PanelError('backend_error', verbatim('No answer.'));
    });
    await expect(decisions.decide('stop', 'afterRun')).rejects.toThrow('No answer');
    expect(calls.held).toEqual([true, false]);
    expect(pending()).toBeNull();
  });

  it('happens at once where the run finished while the backend was asked to hold', async () => {
    const { calls, decisions, become, whileHolding } = world(run('a'));
    whileHolding(() => become(null));
    expect(await decisions.decide('stop', 'afterRun')).not.toBeNull();
    expect(calls.done).toEqual(['stop']);
  });

  it('happens where the backend crashes meanwhile, and says so where it cannot', async () => {
    const crashed = world(run('a'));
    await crashed.decisions.decide('stop', 'afterRun');
    crashed.exit();
    expect(crashed.calls).toMatchObject({ done: ['stop'], failed: [] });
    const failed = world(run('a'));
    await failed.decisions.decide('apply', 'afterRun');
    failed.exit(new PanelError('backend_error', verbatim('Stuck.')));
    expect(failed.calls).toMatchObject({ done: [], failed: ['apply'] });
  });

  it('reports a failure that no caller waits for', async () => {
    const { calls, decisions, become } = world(run('a'));
    await decisions.decide('clear', 'afterRun');
    become(null);
    await Promise.resolve();
    await Promise.resolve();
    expect(calls.failed).toEqual(['clear']);
  });
});

/** What each action does, in its parts. */
const effects: Record<AfterRunAction, string[]> = {
  restart: ['restart'],
  apply: ['restart', 'settings'],
  clear: ['restart', 'settings', 'free'],
  stop: ['stop'],
  close: ['stop', 'window'],
};
const contradicts = (one: AfterRunAction, other: AfterRunAction) => effects[one][0] !== effects[other][0];
const includes = (whole: AfterRunAction, part: AfterRunAction) =>
  effects[part].every((effect) => effects[whole].includes(effect));

describe('an accepted decision', () => {
  const action = fc.constantFrom<AfterRunAction>('restart', 'apply', 'clear', 'stop', 'close');
  const runId = fc.constantFrom('a', 'b', null);
  const event: fc.Arbitrary<PendingEvent> = fc.oneof(
    fc.record({ type: fc.constant('now' as const), action }),
    fc.record({ type: fc.constant('later' as const), action, reqId: fc.constantFrom('a', 'b'), at: fc.nat() }),
    fc.record({ type: fc.constant('run' as const), reqId: runId }),
    fc.constant({ type: 'cancel' as const }),
  );

  it('is carried out once, cancelled, or replaced by a later one that contradicts it, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        let pending: AfterRun | null = null;
        let owed: AfterRunAction[] = [];
        for (const one of events) {
          const step = stepPending(pending, one);
          if (one.type === 'now' || one.type === 'later')
            owed = [...owed.filter((earlier) => !contradicts(earlier, one.action)), one.action];
          if (one.type === 'cancel') owed = [];
          if (step.perform) {
            for (const each of owed) expect(includes(step.perform, each), `${step.perform} of ${owed}`).toBe(true);
            owed = [];
            expect(step.pending).toBeNull();
          }
          // What is owed waits; nothing waits that is not owed.
          expect(step.pending !== null).toBe(owed.length > 0);
          for (const each of owed) expect(includes(step.pending?.action ?? 'restart', each)).toBe(true);
          if (one.type === 'run') expect(step.pending === null || step.pending.reqId === one.reqId).toBe(true);
          pending = step.pending;
        }
      }),
    );
  });

  it('is the same in either order where nothing contradicts', () => {
    fc.assert(
      fc.property(action, action, (one, other) => {
        expect(contradict(one, other)).toBe(contradicts(one, other));
        if (!contradicts(one, other)) expect(combinedActions(one, other)).toBe(combinedActions(other, one));
        else expect(combinedActions(one, other)).toBe(other);
      }),
    );
  });
});
