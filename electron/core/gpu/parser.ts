import type { Tick } from '#contract';
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
  /** The lines that were no rows: the end of them, for a fault. */
  said(): string;
}

const SAID_CHARS = 4_000;
/** No row is this long: what has no newline for so long is cut, not kept for ever. */
const LONGEST_LINE = 65_536;

/**
 * Rows come without a delimiter between ticks: a tick ends where the index wraps, or as soon as it has as many rows as
 * the last whole one. A row that comes after its tick was given away makes the same tick be given once more, with it.
 */
export function createTickParser(fields: readonly StreamField[]): TickParser {
  const parse = createRowParser(fields);
  const uuids = new Map<number, string>();
  let rest = '';
  let other = '';
  let rows: Row[] = [];
  let given = 0;
  let expected = 0;
  let arrived = 0;
  let lastTime = Number.NEGATIVE_INFINITY;

  const give = (): RowTick | null => {
    if (rows.length === given) return null;
    given = rows.length;
    // Two ticks that were read at once must not share a time: readers ask for "later than".
    lastTime = Math.max(arrived, lastTime + 1);
    const whole = [...rows];
    return { tick: { time: lastTime, gpus: whole.map((row) => row.sample), host: null }, rows: whole };
  };
  const wrap = (): RowTick | null => {
    const tick = give();
    expected = rows.length;
    rows = [];
    given = 0;
    return tick;
  };
  const add = (row: Row, time: number): RowTick[] => {
    const last = rows.at(-1);
    const before = last !== undefined && row.sample.index <= last.sample.index ? wrap() : null;
    if (rows.length === 0) arrived = time;
    rows.push(row);
    const full = expected > 0 && rows.length >= expected ? give() : null;
    return [before, full].filter((tick) => tick !== null);
  };
  const named = (row: Row): Row => {
    const { index, uuid } = row.sample;
    if (uuid) uuids.set(index, uuid);
    return uuid ? row : { ...row, sample: { ...row.sample, uuid: uuids.get(index) ?? `GPU-unknown-${index}` } };
  };
  const line = (text: string, time: number): RowTick[] => {
    const row = parse(text);
    if (row) return add(named(row), time);
    other = `${other}${text}\n`.slice(-SAID_CHARS);
    return [];
  };

  return {
    push(text, time) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, LONGEST_LINE);
      return lines.flatMap((one) => line(one.trimEnd(), time));
    },
    flush: give,
    said: () => (other + rest).slice(-SAID_CHARS).trim(),
  };
}
