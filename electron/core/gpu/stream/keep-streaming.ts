import { type Fault, faultOf, missing, silent, tooOld } from '../smi/faults.ts';
import { type Answer, askSmi } from '../smi/query-smi.ts';
import { createStamp } from '../timing/clock.ts';
import { createBell } from '../timing/notifier.ts';
import { isEnough, negotiate } from './negotiate.ts';
import { createNames, type RowTick } from './parser.ts';
import type { StreamField } from './row.ts';
import type { Source } from './source.ts';
import { type Stream, type StreamPlan, startStream } from './stream.ts';

const HELP_TIMEOUT_MS = 15_000;
const AGAIN_MS = 250;
const MOST_MS = 5_000;
/** A stream that lived this long was in order: what ended it is a new matter. */
const HEALTHY_MS = 10_000;

/** Milliseconds to wait after so many failures in a row: a moment after a good stream, then 1, 2, 4, 5, 5 ... seconds. */
export const retryDelay = (failures: number) =>
  failures === 0 ? AGAIN_MS : Math.min(MOST_MS, 1_000 * 2 ** Math.min(failures - 1, 10));

export interface StreamingOptions {
  source: Source;
  onTick(tick: RowTick): void;
  onFault(fault: Fault): void;
  /** A stream had to be started again: one that failed, or all of them after the machine slept. */
  onRestart(): void;
  /** Unix milliseconds that never go back. */
  now(): number;
}

export interface Streaming {
  /** What is to be asked from now on; null: nothing. The old stream goes on until the new one has given a tick. */
  want(plan: StreamPlan | null): void;
  /** Starts anew at once: what was known of nvidia-smi is of before the machine slept. */
  again(): void;
  /** The process whose ticks are told. */
  pid(): number | undefined;
  /** Resolves when the signal has come and the last child is gone. Never rejects. */
  gone: Promise<void>;
}

const same = (one: StreamPlan | null, other: StreamPlan | null) =>
  one === other || (one?.periodMs === other?.periodMs && one?.buses?.join() === other?.buses?.join());

/** Keeps one nvidia-smi stream alive as it is wanted, and swaps it without a gap where something else is. */
export function keepStreaming(options: StreamingOptions, signal: AbortSignal): Streaming {
  const { source, onTick, onFault, onRestart, now } = options;
  const bell = createBell();
  const stamp = createStamp();
  const names = createNames();
  let wanted: StreamPlan | null = null;
  let anew = false;
  /** The one that is told of, and the one that is to take its place. */
  let current: Stream | null = null;
  let coming: Stream | null = null;
  const leaving = new Set<Stream>();
  let fields: StreamField[] | null = null;
  let asking = new AbortController();
  let failures = 0;
  let notBefore = 0;

  const retire = (stream: Stream | null) => {
    if (!stream || stream.over()) return;
    leaving.add(stream);
    stream.end();
  };
  const stopAll = () => {
    retire(current);
    retire(coming);
    current = null;
    coming = null;
  };
  const begin = (plan: StreamPlan, known: readonly StreamField[]): Stream => {
    const stream: Stream = startStream({
      ...{ smi: source.command, plan, fields: known, now, stamp, names },
      onTick(tick) {
        // Nothing is told of what is not wanted any more, and nothing twice while two streams speak.
        if (!wanted || leaving.has(stream) || (stream === current && coming?.hasTicked())) return;
        if (stream === coming) bell.ring();
        onTick(tick);
      },
      onFault(fault) {
        // While another one goes on telling, nothing has failed for the person.
        if (stream === coming && current && !current.over()) return;
        if (wanted && !leaving.has(stream)) onFault(fault);
      },
      onOver() {
        leaving.delete(stream);
        bell.ring();
      },
    });
    return stream;
  };
  const later = (lived: number) => {
    failures = lived >= HEALTHY_MS ? 0 : failures + 1;
    notBefore = performance.now() + retryDelay(failures);
  };
  const failed = ({ began, over }: Stream) => {
    // Another driver since then may know other fields, or lie elsewhere.
    if (over()?.exitCode === 2) fields = null;
    if (over()?.error && source.again()) fields = null;
    onRestart();
    later(performance.now() - began);
  };
  const takeStock = () => {
    if (coming?.hasTicked()) {
      retire(current);
      current = coming;
      coming = null;
    }
    for (const stream of [coming, current]) if (stream?.over()) failed(stream);
    if (coming?.over()) coming = null;
    if (current?.over()) current = null;
    if (!anew) return;
    if (current ?? coming) onRestart();
    anew = false;
    failures = 0;
    notBefore = 0;
    stopAll();
  };
  /** Asked for once, and kept for every later stream. */
  const agree = async (): Promise<StreamField[] | null> => {
    asking = new AbortController();
    if (source.now().command === null && !source.again()) return refuse(missing);
    const answer = await askSmi(source.command, ['--help-query-gpu'], HELP_TIMEOUT_MS, asking.signal);
    if (asking.signal.aborted) return null;
    const listed = negotiate(answer.stdout);
    if (answer.exitCode === 0 && isEnough(listed)) return listed;
    if (answer.error) source.again();
    return refuse(helpFault(answer));
  };
  const refuse = (fault: Fault) => {
    onFault(fault);
    later(0);
    return null;
  };

  /** One step towards what is wanted. Returns the milliseconds until the next one; undefined: until something happens. */
  const step = async (): Promise<number | undefined> => {
    takeStock();
    if (!wanted) return void stopAll();
    if (coming && !same(coming.plan, wanted)) {
      retire(coming);
      coming = null;
    }
    if (coming || (current && same(current.plan, wanted))) return undefined;
    // Never more than two: one that is slow to end is waited for.
    if (leaving.size + (current ? 1 : 0) > 1) return undefined;
    const wait = notBefore - performance.now();
    if (wait > 0) return wait;
    fields ??= await agree();
    // What is wanted may have changed meanwhile; the next step sees to that.
    if (fields && wanted && !anew && !signal.aborted) coming = begin(wanted, fields);
    return 0;
  };
  const keep = async () => {
    while (!signal.aborted) {
      const rings = bell.rings();
      await bell.beyond(rings, await step());
    }
    stopAll();
    while (leaving.size > 0) await bell.beyond(bell.rings());
  };

  signal.addEventListener('abort', () => {
    asking.abort();
    bell.ring();
  });
  return {
    want(plan) {
      if (same(plan, wanted)) return;
      wanted = plan;
      if (!plan) asking.abort();
      bell.ring();
    },
    again() {
      anew = true;
      asking.abort();
      bell.ring();
    },
    pid: () => (current ?? coming)?.pid,
    gone: keep(),
  };
}

function helpFault(answer: Answer): Fault {
  if (answer.late) return silent;
  return answer.exitCode === 0 ? tooOld : faultOf(answer, answer.stdout);
}
