import type { Tick } from '#contract';
import { createStamp } from '../timing/clock.ts';
import { createRowParser, type Row, type StreamField } from './row.ts';

export interface RowTick {
  tick: Tick;
  rows: readonly Row[];
}

export interface TickParser {
  /** Text as it arrived, cut anywhere; `time` is the Unix millisecond of its arrival. */
  push(text: string, time: number): RowTick[];
  /** The tick that waits for more rows, as it stands; null where there is none. */
  flush(): RowTick | null;
  /** Nothing came for a moment: what flush() gives, but nothing once a tick's length is known. */
  pause(): RowTick | null;
  /** Is it known how many rows a tick has? Each is given with its last row then. */
  knowsLength(): boolean;
  /** The lines that were no rows: the end of them, for a fault. */
  said(): string;
  /** How many characters it keeps, whatever it was given: bounded. */
  held(): number;
}

/** Which GPU each index was, over one stream and the next: one that is lost has no uuid to tell. */
export interface Names {
  learn(index: number, uuid: string): void;
  at(index: number): string | undefined;
  held(): number;
}

export function createNames(): Names {
  const uuids = new Map<number, string>();
  return {
    learn(index, uuid) {
      if (uuids.get(index) === uuid) return;
      // One that has moved must not lend its name to who is in its old place.
      for (const [other, known] of uuids) if (known === uuid) uuids.delete(other);
      uuids.set(index, uuid);
    },
    at: (index) => uuids.get(index),
    held: () => [...uuids.values()].join('').length,
  };
}

export interface TickParserOptions {
  stamp?: (time: number) => number;
  names?: Names;
}

const SAID_CHARS = 4_000;
/** No row is this long: what has no newline for so long is cut, not kept for ever. */
const LONGEST_LINE = 65_536;

/**
 * Rows come without a delimiter between ticks: a tick ends where the index wraps, or as soon as it has as many rows as
 * the last whole one. A row that comes after its tick was given away makes the same tick be given once more, with it.
 */
export function createTickParser(
  fields: readonly StreamField[],
  { stamp = createStamp(), names = createNames() }: TickParserOptions = {},
): TickParser {
  const { parse, held } = createRowParser(fields);
  let rest = '';
  let other = '';
  let rows: Row[] = [];
  let given = 0;
  let expected = 0;
  let arrived = 0;

  const give = (): RowTick | null => {
    if (rows.length === given) return null;
    given = rows.length;
    const whole = [...rows];
    return { tick: { time: stamp(arrived), gpus: whole.map((row) => row.sample), host: null }, rows: whole };
  };
  const wrap = (): RowTick | null => {
    const tick = give();
    expected = rows.length;
    rows = [];
    given = 0;
    return tick;
  };
  const add = (row: Row, time: number, ticks: RowTick[]) => {
    const last = rows.at(-1);
    const before = last !== undefined && row.sample.index <= last.sample.index ? wrap() : null;
    if (before) ticks.push(before);
    if (rows.length === 0) arrived = time;
    rows.push(row);
    const full = expected > 0 && rows.length >= expected ? give() : null;
    if (full) ticks.push(full);
  };
  const named = (row: Row): Row => {
    const { index, uuid } = row.sample;
    if (uuid) {
      names.learn(index, uuid);
      return row;
    }
    return { ...row, sample: { ...row.sample, uuid: names.at(index) ?? `GPU-unknown-${index}` } };
  };
  const line = (text: string, time: number, ticks: RowTick[]) => {
    const row = parse(text);
    if (row) add(named(row), time, ticks);
    else other = `${other}${text}\n`.slice(-SAID_CHARS);
  };

  return {
    push(text, time) {
      const ticks: RowTick[] = [];
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      for (const one of lines) line(one.trimEnd(), time, ticks);
      return ticks;
    },
    flush: give,
    // The driver is slow, or we are: in part it would look as if the other GPUs were gone.
    pause: () => (expected > 0 ? null : give()),
    knowsLength: () => expected > 0,
    held: () => held() + rest.length + other.length + names.held(),
    said: () => (other + rest).slice(-SAID_CHARS).trim(),
  };
}
