import type { Tick } from '#contract';
import { createStamp } from '../timing/clock.ts';
import { createOtherOutput } from './other-output.ts';
import { createRowParser, type Row, type StreamField } from './row.ts';

export interface RowTick {
  tick: Tick;
  rows: readonly Row[];
}

interface TickParser {
  /** Takes text as it arrives, split anywhere; `time` is its arrival in Unix milliseconds. */
  push(text: string, time: number): RowTick[];
  /** The incomplete sample; null where there is none. */
  flush(): RowTick | null;
  /** The text has ended. `whole`: its last line is complete without a newline, because no signal cut it off. */
  end(whole: boolean, time: number): RowTick[];
  /** After a moment without text: as flush(), but null once the number of rows per sample is known. */
  pause(): RowTick | null;
  /** The number of rows per sample; 0 until it is known. Each sample is then complete with its last row. */
  length(): number;
  /** The number of rows so far. */
  rows(): number;
  /** The lines since the last row, for a fault; `earlier`: where there are none, those before it. Half rows are not quoted. */
  otherOutput(earlier?: boolean): string;
  /** The characters that it keeps, which are bounded. */
  held(): number;
}

/** The GPU uuid of each index across streams: a lost GPU reports no uuid. */
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
      // A GPU that has moved must not leave its uuid at its old index.
      for (const [other, known] of uuids) if (known === uuid) uuids.delete(other);
      uuids.set(index, uuid);
    },
    at: (index) => uuids.get(index),
    held: () => [...uuids.values()].join('').length,
  };
}

interface TickParserOptions {
  stamp?: (time: number) => number;
  names?: Names;
  /** The number of rows per sample in the last stream of the same GPUs; 0: unknown. */
  length?: number;
}

const BOM = '\ufeff';
/** No row is this long: longer text without a newline is truncated. */
const MAX_LINE = 65_536;

/**
 * Rows arrive without a delimiter between samples: a sample ends where the index wraps, or as soon as it has as many rows
 * as the last complete one. A row that arrives after its sample was emitted emits that sample once more, with the row.
 */
export function createTickParser(
  fields: readonly StreamField[],
  { stamp = createStamp(), names = createNames(), length = 0 }: TickParserOptions = {},
): TickParser {
  const { parse, held } = createRowParser(fields);
  let rest = '';
  const other = createOtherOutput();
  let count = 0;
  let rows: Row[] = [];
  let emitted = 0;
  let expected = length;
  let arrived = 0;

  const emit = (): RowTick | null => {
    if (rows.length === emitted) return null;
    emitted = rows.length;
    const whole = [...rows];
    return { tick: { time: stamp(arrived), gpus: whole.map((row) => row.sample), host: null }, rows: whole };
  };
  const wrap = (): RowTick | null => {
    const tick = emit();
    expected = rows.length;
    rows = [];
    emitted = 0;
    return tick;
  };
  const add = (row: Row, time: number, ticks: RowTick[]) => {
    const last = rows.at(-1);
    const before = last !== undefined && row.sample.index <= last.sample.index ? wrap() : null;
    if (before) ticks.push(before);
    if (rows.length === 0) arrived = time;
    rows.push(row);
    const full = expected > 0 && rows.length >= expected ? emit() : null;
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
    if (!row) return other.line(text);
    count += 1;
    other.row();
    add(named(row), time, ticks);
  };
  /** Wrappers on Windows add a byte order mark and carriage returns. */
  const plain = (text: string) => (text.startsWith(BOM) ? text.slice(1) : text).trimEnd();

  return {
    push(text, time) {
      const ticks: RowTick[] = [];
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE);
      for (const one of lines) line(plain(one), time, ticks);
      return ticks;
    },
    flush: emit,
    end(whole, time) {
      const ticks: RowTick[] = [];
      const text = plain(rest);
      rest = '';
      if (whole) line(text, time, ticks);
      else other.line(text);
      const last = emit();
      return last ? [...ticks, last] : ticks;
    },
    // An incomplete sample would look as if the other GPUs were missing.
    pause: () => (expected > 0 ? null : emit()),
    length: () => expected,
    rows: () => count,
    held: () => held() + rest.length + other.held() + names.held(),
    otherOutput: (earlier = false) => other.text(rest, earlier),
  };
}
