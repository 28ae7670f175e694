import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CommandHandlers, PanelError, type PanelState, type ServerMessage, type Tick, verbatim } from '#contract';
import { createStream } from '../base/index.ts';
import type { ControlPlane } from '../control-plane.ts';
import { createSession, type Session } from './session.ts';

// Just enough of a control plane: a state with a revision, one stream, handlers that a test names.
let revision: number;
let listeners: Set<(state: PanelState) => void>;
let backlog: Tick[];
let ticks: ReturnType<typeof createStream<'ticks'>>;
let sent: ServerMessage[];
let busy: boolean;
let session: Session;

const tick = (time: number): Tick => ({ time, gpus: [], host: null });
const state = () => ({ revision }) as PanelState;

function open(handlers: Partial<CommandHandlers> = {}) {
  ticks = createStream<'ticks'>(() => backlog);
  const plane = {
    handlers,
    state,
    onState(listener: (state: PanelState) => void) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stream: () => ticks,
    attend: () => undefined,
  } as unknown as ControlPlane;
  session = createSession(plane, { send: (message) => sent.push(message), isBusy: () => busy });
}

const change = () => {
  revision += 1;
  for (const listener of [...listeners]) listener(state());
};
const call = async (command: string, input: unknown, id = 1) => {
  session.receive({ type: 'call', id, command, input });
  await vi.advanceTimersByTimeAsync(0);
  return sent.at(-1);
};
const states = () => sent.flatMap((message) => (message.type === 'state' ? [message.state.revision] : []));
const items = () => sent.filter((message) => message.type === 'items');

beforeEach(() => {
  vi.useFakeTimers();
  revision = 0;
  listeners = new Set();
  backlog = [];
  sent = [];
  busy = false;
});

afterEach(() => {
  session.close();
  expect(listeners.size).toBe(0);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('the state', () => {
  it('is pushed at once, then at most every 50 ms, the last one always', async () => {
    open();
    expect(states()).toEqual([0]);
    for (let i = 0; i < 100; i += 1) {
      change();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(50);
    expect(states().at(-1)).toBe(100);
    expect(states().length).toBeLessThanOrEqual(22);
    expect(states().length).toBeGreaterThan(15);
  });

  it('waits for a busy carrier, and then is the newest', async () => {
    open();
    busy = true;
    change();
    change();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(states()).toEqual([0]);
    busy = false;
    await vi.advanceTimersByTimeAsync(50);
    expect(states()).toEqual([0, 2]);
  });
});

describe('a call', () => {
  it('is answered after the state that it changed', async () => {
    open({ 'backend.stop': change });
    await call('backend.stop', {});
    expect(sent.map((message) => message.type)).toEqual(['state', 'state', 'result']);
    expect(sent.at(-1)).toEqual({ type: 'result', id: 1, output: null });
  });

  it.each([
    ['backend.fly', {}, 'unknown_command', 'backend.fly'],
    ['toString', {}, 'unknown_command', 'toString'],
    ['models.scan', { folder: 7 }, 'invalid_input', 'folder'],
    ['settings.change', { values: { LBS_GPU_MEMORY_LIMIT: 80 } }, 'invalid_input', '0.8 means 80 %'],
    ['runs.submit', { model: '', dataset: 'x', parameters: {} }, 'invalid_input', 'Select a model folder first.'],
    ['runs.get', { req_id: 'a' }, 'not_found', 'No such run.'],
    ['runs.cancel', { req_id: 'a' }, 'internal', 'boom'],
  ])('%s with %j fails with %s', async (command, input, code, message) => {
    open({
      'runs.get': async () => {
        throw new PanelError('not_found', verbatim('No such run.'));
      },
      'runs.cancel': async () => {
        throw new TypeError('boom');
      },
    });
    const answer = await call(command, input, 5);
    expect(answer).toMatchObject({ type: 'error', id: 5, error: { code } });
    expect(answer?.type === 'error' && answer.error.sentence.text).toContain(message);
  });

  it('that still runs when the session closes is not answered', async () => {
    let finish = () => {};
    open({ 'backend.stop': () => new Promise((resolve) => (finish = resolve)) });
    await call('backend.stop', {});
    session.close();
    finish();
    await vi.advanceTimersByTimeAsync(100);
    expect(sent.map((message) => message.type)).toEqual(['state']);
  });

  it.each([null, 7, 'text', [], {}, { type: 'call', id: -1 }, { type: 'subscribe', stream: 'passwords' }])(
    'that is invalid (%j) does no harm',
    async (raw) => {
      open();
      session.receive(raw);
      await vi.advanceTimersByTimeAsync(100);
      expect(sent.map((message) => message.type)).toEqual(['state']);
    },
  );
});

describe('a subscription', () => {
  it('brings the backlog at once as fresh, then what follows', async () => {
    open();
    backlog = [tick(1), tick(2)];
    session.receive({ type: 'subscribe', stream: 'ticks' });
    expect(items()).toEqual([{ type: 'items', stream: 'ticks', items: backlog, dropped: 0, fresh: true }]);
    ticks.push(tick(3));
    ticks.push(tick(4));
    await vi.advanceTimersByTimeAsync(50);
    expect(items()[1]).toEqual({ type: 'items', stream: 'ticks', items: [tick(3), tick(4)], dropped: 0, fresh: false });
    session.receive({ type: 'unsubscribe', stream: 'ticks' });
    ticks.push(tick(5));
    await vi.advanceTimersByTimeAsync(50);
    expect(items()).toHaveLength(2);
  });

  it('of a slow reader loses the oldest, never the newest, and counts them', async () => {
    open();
    session.receive({ type: 'subscribe', stream: 'ticks' });
    busy = true;
    for (let time = 1; time <= 6_500; time += 1) ticks.push(tick(time));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(items()).toHaveLength(1);
    busy = false;
    await vi.advanceTimersByTimeAsync(50);
    const [, late] = items();
    expect(late).toMatchObject({ dropped: 500, fresh: false });
    expect(late?.type === 'items' && [late.items[0], late.items.at(-1), late.items.length]).toEqual([
      tick(501),
      tick(6_500),
      6_000,
    ]);
  });

  it('asked for twice starts afresh and brings nothing twice', async () => {
    open();
    session.receive({ type: 'subscribe', stream: 'ticks' });
    session.receive({ type: 'subscribe', stream: 'ticks' });
    ticks.push(tick(1));
    await vi.advanceTimersByTimeAsync(50);
    expect(items().map((message) => message.type === 'items' && [message.fresh, message.items.length])).toEqual([
      [true, 0],
      [true, 0],
      [false, 1],
    ]);
  });
});

describe('the view of the log', () => {
  const KIB = 1_024;
  let log: ReturnType<typeof createStream<'log'>>;
  const view = async (backlogOfLog: string[] = []) => {
    open();
    log = createStream<'log'>(() => backlogOfLog);
    session.close();
    session = createSession(planeWith(log), { send: (message) => sent.push(message), isBusy: () => busy });
    session.receive({ type: 'subscribe', stream: 'log' });
  };
  const planeWith = (stream: typeof log) =>
    ({
      state,
      onState: (listener: (state: PanelState) => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      stream: () => stream,
      attend: () => undefined,
    }) as unknown as ControlPlane;
  const acknowledge = (characters: number) => session.receive({ type: 'acknowledge', stream: 'log', characters });
  const lately = () => vi.advanceTimersByTimeAsync(200);
  const text = () =>
    items()
      .flatMap((message) => (message.type === 'items' ? message.items : []))
      .join('');
  const skipped = () => items().reduce((sum, message) => sum + (message.type === 'items' ? message.dropped : 0), 0);

  it('is sent no more than it draws, and continues when it acknowledges', async () => {
    await view();
    const block = `${'x'.repeat(KIB - 1)}\n`;
    for (let i = 0; i < 1_000; i += 1) log.push(block);
    await lately();
    expect(text().length).toBe(256 * KIB);
    acknowledge(100 * KIB);
    await lately();
    expect(text().length).toBe(356 * KIB);
    for (let i = 0; i < 10; i += 1) {
      acknowledge(1_000 * KIB);
      await lately();
    }
    expect([text().length, skipped()]).toEqual([1_000 * KIB, 0]);
  });

  it('that never draws costs a bounded amount, keeps the newest and counts what it lost', async () => {
    await view();
    for (let i = 0; i < 20_000; i += 1) {
      log.push(`line ${i} ${'x'.repeat(KIB)}\n`);
      if (i === 300) await lately();
    }
    await lately();
    const first = text().length;
    for (let i = 0; i < 20; i += 1) {
      acknowledge(first);
      await lately();
    }
    expect(text().endsWith(`line 19999 ${'x'.repeat(KIB)}\n`)).toBe(true);
    const printed = Array.from({ length: 20_000 }, (_, i) => `line ${i} `.length + KIB + 1).reduce((a, b) => a + b);
    expect(text().length + skipped()).toBe(printed);
    expect(text().length).toBeLessThan(3 * KIB * KIB);
    // One gap: before it and after it the lines are consecutive.
    const numbers = [...text().matchAll(/line (\d+) /g)].map((match) => Number(match[1]));
    expect(numbers.filter((number, i) => i > 0 && number !== (numbers[i - 1] ?? 0) + 1)).toHaveLength(1);
  });

  it('gets the whole backlog, piece by piece', async () => {
    const backlogOfLog = Array.from({ length: 256 }, (_, i) => `${i} ${'y'.repeat(8_000)}\n`);
    await view(backlogOfLog);
    expect(items()).toMatchObject([{ fresh: true, dropped: 0 }]);
    for (let i = 0; i < 20; i += 1) {
      acknowledge(300 * KIB);
      await lately();
    }
    expect(text()).toBe(backlogOfLog.join(''));
  });

  it('is not stopped by an acknowledgement that was for an earlier one', async () => {
    await view(['a']);
    acknowledge(10 ** 9);
    for (let i = 0; i < 1_000; i += 1) log.push('z'.repeat(KIB));
    await lately();
    // The one that was drawn, and a full window.
    expect(text().length).toBe(1 + 256 * KIB);
  });
});
