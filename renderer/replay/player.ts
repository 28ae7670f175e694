import type { PanelState, Recording, Run, StreamName, Tick } from '#contract';
import type { Source, StreamNews } from '../transport/index.ts';
import { createLogFeed } from './log-feed.ts';
import { countUpTo } from './search.ts';

export const speeds = [1, 4, 16, 60] as const;
export type Speed = (typeof speeds)[number];

/** As much of the past as the live page has. */
const WINDOW_MS = 600_000;
/** Of one window at most: what a stream of two ticks a second makes in ten minutes is a fifth of it. */
const WINDOW_TICKS = 6_000;
/** A step further than this is a jump: what lies between need not be drawn. */
const JUMP_MS = 60_000;
const STEP_MS = 100;
const OPENING_MS = 500;

export interface PlayerView {
  /** Unix milliseconds of the recording. */
  position: number;
  playing: boolean;
  speed: Speed;
}

export interface Player extends Omit<Source, 'refusal'> {
  view(): PlayerView;
  seek(to: number): void;
  /** From the beginning where it stands at the end. */
  play(): void;
  pause(): void;
  setSpeed(speed: Speed): void;
  close(): void;
}

export interface PlayerOptions {
  onState(state: PanelState): void;
  /** `jump`: the position is another at once. */
  onView(view: PlayerView, jump: boolean): void;
  /** A clock that only goes on, in milliseconds. */
  clock?(): number;
}

/** Tells what a recording holds as the core would have told it at that time. It stands at the beginning, paused. */
export function createPlayer(
  recording: Recording,
  { onState, onView, clock = () => performance.now() }: PlayerOptions,
) {
  const { from, to, header } = recording;
  const stateAt = createStateAt(recording, onState);
  const readers: { ticks?: (news: StreamNews<'ticks'>) => void; runs?: (news: StreamNews<'runs'>) => void } = {};
  let log: ReturnType<typeof createLogFeed> | null = null;
  /** What it began with is told in its first moments, and was known before. */
  const began = Math.min(to, header.time + OPENING_MS);
  const known = () => Math.max(view.position, began);
  let view: PlayerView = { position: began, playing: false, speed: 1 };
  let timer: ReturnType<typeof setInterval> | null = null;
  let steppedAt = 0;

  const tell = (next: Partial<PlayerView>, jump = false) => {
    view = { ...view, ...next };
    onView(view, jump);
  };
  const ticksIn = (after: number, until: number): Tick[] => {
    const time = (tick: Tick) => tick.time;
    const end = countUpTo(recording.ticks, until, time);
    return recording.ticks.slice(Math.max(countUpTo(recording.ticks, after, time), end - WINDOW_TICKS), end);
  };
  const runsIn = (after: number, until: number): Run[] => {
    const at = (run: Recording['runs'][number]) => run.at;
    return recording.runs
      .slice(countUpTo(recording.runs, after, at), countUpTo(recording.runs, until, at))
      .map(({ value }) => value);
  };
  const whole = {
    ticks: () => readers.ticks?.({ items: ticksIn(view.position - WINDOW_MS, view.position), dropped: 0, fresh: true }),
    runs: () =>
      readers.runs?.({
        items: runsIn(Number.NEGATIVE_INFINITY, known()),
        dropped: 0,
        fresh: true,
      }),
    log: () => log?.show(known(), true),
  };
  const move = (target: number) => {
    const position = Math.min(to, Math.max(from, target));
    const before = view.position;
    const jump = position < before || position - before > JUMP_MS;
    tell({ position }, jump);
    stateAt(position);
    if (jump) return void Object.values(whole).forEach((show) => void show());
    const ticks = ticksIn(before, position);
    const runs = runsIn(Math.max(before, began), known());
    if (ticks.length > 0) readers.ticks?.({ items: ticks, dropped: 0, fresh: false });
    if (runs.length > 0) readers.runs?.({ items: runs, dropped: 0, fresh: false });
    log?.show(known(), false);
  };
  const pause = () => {
    if (timer) clearInterval(timer);
    timer = null;
    if (view.playing) tell({ playing: false });
  };
  const step = () => {
    const now = clock();
    move(view.position + (now - steppedAt) * view.speed);
    steppedAt = now;
    if (view.position >= to) pause();
  };

  stateAt(view.position);
  const player: Player = {
    view: () => view,
    seek: move,
    play() {
      if (view.playing) return;
      if (view.position >= to) move(began);
      steppedAt = clock();
      timer = setInterval(step, STEP_MS);
      tell({ playing: true });
    },
    pause,
    setSpeed: (speed) => tell({ speed }),
    close: pause,
    follow(stream: StreamName, listener) {
      if (stream === 'log') log = createLogFeed(recording.log, listener as (news: StreamNews<'log'>) => void);
      else readers[stream] = listener as never;
      whole[stream]();
    },
    unfollow(stream) {
      if (stream === 'log') log = null;
      else delete readers[stream];
    },
    acknowledge: (characters) => log?.acknowledge(characters),
  };
  return player;
}

/** The state at a moment: each of its keys as it was last told. What has not changed stays the same object. */
function createStateAt({ state, header }: Recording, onState: (state: PanelState) => void) {
  const places = new Map<string, number>();
  let revision = 0;
  let events: unknown = null;
  return (moment: number) => {
    let changed = false;
    for (const [key, told] of state) {
      const place = Math.max(0, countUpTo(told, moment, ({ at }) => at) - 1);
      changed ||= places.get(key) !== place;
      places.set(key, place);
    }
    const early = moment < header.time;
    if (!changed && !early && events === null) return;
    const parts = [...state].map(([key, told]) => [key, told[places.get(key) ?? 0]?.value]);
    const whole = Object.fromEntries(parts) as PanelState;
    // Before it began the recording knows figures, and what was going to happen: that is not shown yet.
    events = early ? whole.events.filter(({ time }) => time <= moment) : null;
    revision += 1;
    onState({ ...whole, revision, ...(early ? { events: events as PanelState['events'] } : {}) });
  };
}
