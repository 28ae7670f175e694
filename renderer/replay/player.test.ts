import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PanelState, Recording, Tick } from '#contract';
import { panelState, runOf } from '#recorded';
import { gpuSample, tickOf } from '#samples';
import { createPlayer, type Player } from './player.ts';

const T = 1_700_000_000_000;
const MINUTE = 60_000;

/** An hour, started ten minutes after its first sample: a tick every 10 s, a log line and a new state every minute. */
function recording(): Recording {
  const from = T - 10 * MINUTE;
  const whole = panelState();
  const state = new Map(
    Object.entries(whole).map(([key, value]) => [key as keyof PanelState, [{ at: T, value: value as unknown }]]),
  );
  const minutes = Array.from({ length: 60 }, (_, i) => i + 1);
  const warm = minutes.map((i) => ({ at: T + i * MINUTE, value: { ...whole.warm, rssMiB: i } }));
  state.get('warm')?.push(...warm);
  const event = { time: T - MINUTE, kind: 'ready', text: 'backend' } as const;
  state.set('events', [{ at: T, value: [event] }]);
  return {
    header: { format: 'headroom-recording', version: 1, time: T, headroom: '0' },
    ...{ from, to: T + 60 * MINUTE, truncated: false, state },
    ticks: Array.from({ length: 421 }, (_, i) => tickOf(from + i * 10_000, gpuSample({ memoryUsedMiB: i }))),
    log: [
      { at: T + 3, value: 'begin\n', dropped: 0 },
      ...minutes.map((i) => ({ at: T + i * MINUTE, value: `${i}\n`, dropped: i === 7 ? 99 : 0 })),
    ],
    runs: [
      { at: T + 3, value: runOf() },
      { at: T + 30 * MINUTE, value: runOf({ status: 'completed' }) },
    ],
  };
}

let now: number;
let player: Player;
let state: PanelState | null;
let received: Tick[];
let text: string;
let skipped: number;
let runs: Map<string, string>;
let drawn: number;

beforeEach(() => {
  vi.useFakeTimers();
  now = 0;
  open();
});
afterEach(() => {
  player.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

/** Plays into variables what the live page would keep. */
function open(opened = recording()) {
  [received, text, skipped, drawn] = [[], '', 0, 0];
  runs = new Map();
  player = createPlayer(opened, { onState: (next) => (state = next), onView: () => undefined, clock: () => now });
  player.follow('ticks', ({ items, fresh }) => (received = [...(fresh ? [] : received), ...(items as Tick[])]));
  player.follow('runs', ({ items, fresh }) => {
    if (fresh) runs = new Map();
    for (const run of items as { req_id: string; status: string }[]) runs.set(run.req_id, run.status);
  });
  player.follow('log', ({ items, fresh, dropped }) => {
    if (fresh) [text, skipped] = ['', 0];
    text += items.join('');
    skipped += dropped;
    drawn += items.join('').length;
  });
}
const draw = () => {
  for (let waiting = drawn; waiting > 0; waiting = drawn) {
    drawn = 0;
    player.acknowledge(waiting);
  }
};
const seek = (to: number) => {
  player.seek(to);
  draw();
};
/** What the page shows, with the ticks of the live page's window. */
const shown = () => {
  const { position } = player.view();
  const ticks = received.filter(({ time }) => time > position - 10 * MINUTE).map(({ time }) => time);
  return { rss: state?.warm.rssMiB, ticks, text, runs: [...runs], events: state?.events.length };
};
const advance = (ms: number) => {
  for (let left = ms; left > 0; left -= 100) {
    now += 100;
    vi.advanceTimersByTime(100);
    draw();
  }
};

describe('a player', () => {
  it('begins where the recording was started, with the ten minutes before', () => {
    expect(shown()).toMatchObject({ rss: null, text: 'begin\n', runs: [['run-1', 'processing']], events: 1 });
    expect([received[0]?.time, received.at(-1)?.time, received.length]).toEqual([T - 10 * MINUTE + 10_000, T, 60]);
  });

  it('shows the state, the ticks, the log and the runs of any moment', () => {
    draw();
    seek(T + 31 * MINUTE);
    expect(shown()).toMatchObject({ rss: 31, runs: [['run-1', 'completed']] });
    expect(text.endsWith('30\n31\n')).toBe(true);
    expect(skipped).toBe(99);
    expect(received.at(-1)?.time).toBe(T + 31 * MINUTE);
    seek(T + 2 * MINUTE + 500);
    expect(shown()).toMatchObject({ rss: 2, text: 'begin\n1\n2\n', runs: [['run-1', 'processing']] });
    // Before the recording was started, it does not show an event that had yet to happen.
    seek(T - 5 * MINUTE);
    expect(shown()).toMatchObject({ rss: null, text: 'begin\n', events: 0 });
    expect(received.at(-1)?.time).toBe(T - 5 * MINUTE);
    seek(T + 99 * MINUTE);
    expect(player.view().position).toBe(T + 60 * MINUTE);
  });

  it('plays at its speed, stops at the end, and then starts from the beginning', () => {
    draw();
    const start = player.view().position;
    player.play();
    advance(10_000);
    expect(player.view()).toMatchObject({ position: start + 10_000, playing: true, speed: 1 });
    player.setSpeed(60);
    advance(10_000);
    expect(player.view().position).toBe(start + 610_000);
    expect(shown()).toMatchObject({ rss: 10 });
    player.pause();
    advance(1_000);
    expect(player.view()).toMatchObject({ position: start + 610_000, playing: false });
    player.play();
    advance(120_000);
    expect(player.view()).toMatchObject({ position: T + 60 * MINUTE, playing: false });
    player.play();
    expect(player.view()).toMatchObject({ position: start, playing: true });
  });

  it('shows the same at a moment however it was reached', () => {
    const moments = fc.array(fc.integer({ min: -11 * MINUTE, max: 61 * MINUTE }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(moments, (places) => {
        open();
        draw();
        for (const place of places) seek(T + place);
        const afterMoves = shown();
        open();
        draw();
        // To the end first, so that the next seek is a jump.
        seek(T + 61 * MINUTE);
        seek(T + (places.at(-1) ?? 0));
        expect(afterMoves).toEqual(shown());
      }),
      { numRuns: 40 },
    );
  });

  it('never sends the log faster than it is drawn, however it is scrubbed', () => {
    const long = recording();
    const log = Array.from({ length: 3_000 }, (_, i) => ({
      at: T + i * 1_000,
      value: `${i} ${'x'.repeat(10_000)}\n`,
      dropped: 0,
    }));
    open({ ...long, log });
    for (let i = 0; i < 100; i += 1) player.seek(T + ((i * 7_919) % 3_000) * 1_000);
    expect(drawn).toBeLessThan(600 * 2 ** 10);
    player.seek(T + 1_500_000);
    draw();
    expect(text.endsWith(`1500 ${'x'.repeat(10_000)}\n`)).toBe(true);
  });
});
