import type { Fault } from '../smi/faults.ts';
import { withLost } from '../survivors/lost-row.ts';
import { createStamp } from '../timing/clock.ts';
import type { Patience } from '../timing/patience.ts';
import type { SmiCommand } from '../types.ts';
import { createNames, type RowTick } from './parser.ts';
import type { Row, StreamField } from './row.ts';
import { type Stream, type StreamPlan, startStream } from './stream.ts';

interface StreamSlotsOptions {
  smi: SmiCommand;
  /** Whether samples are wanted at all now. */
  isWanted(): boolean;
  onTick(tick: RowTick): void;
  onFault(fault: Fault): void;
  /** A stream has exited, or the next one has given its first sample. */
  onChange(): void;
  /** Unix milliseconds that never go back. */
  now(): number;
  patience: Patience;
}

/** The sample with the GPUs that its stream cannot report. */
function completed({ tick, rows }: RowTick, lost: readonly Row[]): RowTick {
  const all = withLost(rows, lost);
  return { tick: { ...tick, gpus: all.map(({ sample }) => sample) }, rows: all };
}

/** The current stream, the one that replaces it after its first sample, and those that are stopping. */
export function createStreamSlots({ smi, isWanted, onTick, onFault, onChange, now, patience }: StreamSlotsOptions) {
  const stamp = createStamp();
  const names = createNames();
  const stopping = new Set<Stream>();
  /**
   * The GPUs per sample, by what is queried: on a busy machine the rows of one sample arrive seconds apart, and the GPUs
   * of later rows would seem to be missing.
   */
  const lengths = new Map<string, number>();
  const keyOf = ({ buses }: StreamPlan) => buses?.join() ?? '';
  let current: Stream | null = null;
  let next: Stream | null = null;

  const stop = (stream: Stream | null) => {
    if (!stream || stream.ending()) return;
    stopping.add(stream);
    stream.end();
  };
  return {
    current: () => current,
    next: () => next,
    /** Streams that are stopping; at most one beside the current one. */
    stopping: () => stopping.size,
    start(plan: StreamPlan, fields: readonly StreamField[]) {
      const stream: Stream = startStream({
        smi,
        plan,
        fields,
        now,
        stamp,
        names,
        patience,
        length: lengths.get(keyOf(plan)) ?? 0,
        onTick(tick) {
          lengths.set(keyOf(plan), stream.length());
          // Unwanted samples are dropped, and so are those of the old stream once the new one has ticked.
          if (!isWanted() || stopping.has(stream) || (stream === current && next?.hasTicked())) return;
          if (stream === next) onChange();
          onTick(plan.lost?.length ? completed(tick, plan.lost) : tick);
        },
        onFault(fault) {
          // While the current stream works, a failing replacement is no fault for the person.
          if (stream === next && current && !current.ending()) return;
          if (isWanted() && !stopping.has(stream)) onFault(fault);
        },
        onExit() {
          stopping.delete(stream);
          onChange();
        },
      });
      next = stream;
    },
    /** Puts the next stream in place once it has ticked; returns the streams that have exited by themselves. */
    settle(): Stream[] {
      if (next?.hasTicked()) {
        stop(current);
        current = next;
        next = null;
      }
      const exited = [next, current].filter((stream) => stream?.ending() != null) as Stream[];
      if (next?.ending()) next = null;
      if (current?.ending()) current = null;
      return exited;
    },
    dropNext() {
      stop(next);
      next = null;
    },
    stopAll() {
      stop(current);
      stop(next);
      current = null;
      next = null;
    },
  };
}
