import type { PanelState, Recording, Run, StreamName, Tick } from '#contract';
import type { Source, StreamUpdate } from '../transport/index.ts';
import { createLogFeed } from './log-feed.ts';
import { countUpTo } from './search.ts';
import { createStateAt } from './state-at.ts';

export const speeds = [1, 4, 16, 60] as const;
export type Speed = (typeof speeds)[number];

/** The same past as on the live page. */
const WINDOW_MS = 600_000;
/** Maximum number of ticks in one window: five times that of a real recording, since a foreign file may hold more. */
const WINDOW_TICKS = 6_000;
/** A longer step is a jump, which sends the new window instead of everything in between. */
const JUMP_MS = 60_000;
const STEP_MS = 100;
/** The core reports what was there at the start of a recording within this time. */
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
  /** Plays from the position; from the start where the position is at the end. */
  play(): void;
  pause(): void;
  setSpeed(speed: Speed): void;
  close(): void;
}

interface PlayerOptions {
  onState(state: PanelState): void;
  /** `jump`: the position did not move on from the last one. */
  onView(view: PlayerView, jump: boolean): void;
  /** A monotonic clock in milliseconds. */
  clock?(): number;
}

type Reader<N extends StreamName> = (update: StreamUpdate<N>) => void;

/** Sends what a recording holds as the core sent it at that time. Paused at first, at the start of the recording. */
export function createPlayer(
  recording: Recording,
  { onState, onView, clock = () => performance.now() }: PlayerOptions,
): Player {
  const { from, to, header } = recording;
  const start = Math.min(to, header.time + OPENING_MS);
  let view: PlayerView = { position: start, playing: false, speed: 1 };
  let timer: ReturnType<typeof setInterval> | null = null;
  let steppedAt = 0;
  const stateAt = createStateAt(recording, onState);
  const streams = createStreams(recording, start);

  const update = (change: Partial<PlayerView>, jump = false) => {
    view = { ...view, ...change };
    onView(view, jump);
  };
  const seek = (target: number) => {
    const position = Math.min(to, Math.max(from, target));
    const before = view.position;
    const jump = position < before || position - before > JUMP_MS;
    update({ position }, jump);
    stateAt(position);
    if (jump) streams.sendAll(position);
    else streams.sendNew(before, position);
  };
  const pause = () => {
    if (timer) clearInterval(timer);
    timer = null;
    if (view.playing) update({ playing: false });
  };
  const step = () => {
    const now = clock();
    seek(view.position + (now - steppedAt) * view.speed);
    steppedAt = now;
    if (view.position >= to) pause();
  };

  stateAt(view.position);
  return {
    view: () => view,
    seek,
    play() {
      if (view.playing) return;
      if (view.position >= to) seek(start);
      steppedAt = clock();
      timer = setInterval(step, STEP_MS);
      update({ playing: true });
    },
    pause,
    setSpeed: (speed) => update({ speed }),
    close: pause,
    follow: (stream, listener) => streams.follow(stream, listener, view.position),
    unfollow: streams.unfollow,
    acknowledge: streams.acknowledge,
  };
}

/** The streams of a recording. Runs and log that exist at `start` also show at earlier positions. */
function createStreams(recording: Recording, start: number) {
  const readers: { ticks?: Reader<'ticks'>; runs?: Reader<'runs'> } = {};
  let log: ReturnType<typeof createLogFeed> | null = null;
  const reported = (position: number) => Math.max(position, start);

  const ticksBetween = (after: number, until: number): Tick[] => {
    const time = (tick: Tick) => tick.time;
    const end = countUpTo(recording.ticks, until, time);
    return recording.ticks.slice(Math.max(countUpTo(recording.ticks, after, time), end - WINDOW_TICKS), end);
  };
  const runsBetween = (after: number, until: number): Run[] => {
    const at = (run: Recording['runs'][number]) => run.at;
    return recording.runs
      .slice(countUpTo(recording.runs, after, at), countUpTo(recording.runs, until, at))
      .map(({ value }) => value);
  };
  const senders: Record<StreamName, (position: number) => void> = {
    ticks: (position) =>
      readers.ticks?.({ items: ticksBetween(position - WINDOW_MS, position), dropped: 0, fresh: true }),
    runs: (position) =>
      readers.runs?.({ items: runsBetween(Number.NEGATIVE_INFINITY, reported(position)), dropped: 0, fresh: true }),
    log: (position) => log?.show(reported(position), true),
  };
  return {
    /** Replaces what the readers have by the window at this position. */
    sendAll(position: number) {
      for (const send of Object.values(senders)) send(position);
    },
    sendNew(before: number, position: number) {
      const ticks = ticksBetween(before, position);
      const runs = runsBetween(reported(before), reported(position));
      if (ticks.length > 0) readers.ticks?.({ items: ticks, dropped: 0, fresh: false });
      if (runs.length > 0) readers.runs?.({ items: runs, dropped: 0, fresh: false });
      log?.show(reported(position), false);
    },
    follow(stream: StreamName, listener: Reader<StreamName>, position: number) {
      if (stream === 'log') log = createLogFeed(recording.log, listener as Reader<'log'>);
      else readers[stream] = listener as never;
      senders[stream](position);
    },
    unfollow(stream: StreamName) {
      if (stream === 'log') log = null;
      else delete readers[stream];
    },
    acknowledge: (characters: number) => log?.acknowledge(characters),
  };
}
