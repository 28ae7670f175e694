import { type ExportRequest, gpuSeries, gpuStates, hostSeries } from '#contract';
import { isBits, seriesOf } from '../samples/series.ts';
import type { TierName } from '../samples/tiers.ts';
import { rounded } from '../window/columns.ts';

/** One source at one time; values in the order of its series, one or three of each. */
export interface Row {
  time: number;
  source: string;
  tier: TierName;
  count: number;
  values: Float32Array;
}

/**
 * Fixed columns: each series has its value (the mean of a bucket), its minimum and its maximum, which are empty for a
 * sample. Memory in MiB, other units as in the contract's gpuMetrics; `throttle` is a bit mask without a mean, `state` is a
 * word: in a bucket the last one of gpuStates that occurred.
 */
const columns = [...gpuSeries, ...hostSeries];
const withBounds = (name: string) => [name, `${name}_min`, `${name}_max`];

/** RFC 4180: lines end with CR LF. */
export const csvHeader = `${['time', 'source', 'tier', 'samples', ...columns.flatMap(withBounds)].join(',')}\r\n`;

type Cell = string | number | null;

export function csvRow(row: Row): string {
  const cells = new Map(cellsOf(row));
  const values = columns.flatMap(withBounds).map((name) => cells.get(name) ?? '');
  return `${[...headOf(row).map(([, value]) => quoted(String(value))), ...values].join(',')}\r\n`;
}

const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Only the series of its source; null where a value is unknown. */
export const jsonRow = (row: Row): string => JSON.stringify(Object.fromEntries([...headOf(row), ...cellsOf(row)]));

const headOf = ({ time, source, tier, count }: Row): [string, Cell][] => [
  ['time', new Date(time).toISOString()],
  ['source', source],
  ['tier', tier],
  ['samples', count],
];

function cellsOf({ source, tier, values }: Row): [string, Cell][] {
  const each = tier === 'raw' ? 1 : 3;
  return seriesOf(source).flatMap((name, place): [string, Cell][] => {
    const at = (which: number) => cellOf(name, values[place * each + which] as number);
    if (each === 1) return [[name, at(0)]];
    return [
      [name, name === 'state' ? at(1) : at(2)],
      [`${name}_min`, at(0)],
      [`${name}_max`, at(1)],
    ];
  });
}

function cellOf(name: string, value: number): Cell {
  if (Number.isNaN(value)) return null;
  return name === 'state' ? (gpuStates[value] ?? null) : rounded(value);
}

/** Merges buckets that a restart split in two. Rows are sorted by time. */
export function mergedRows(rows: readonly Row[]): Row[] {
  const found = new Map<string, Row>();
  const all: Row[] = [];
  for (const row of rows) {
    const key = `${row.source} ${row.tier} ${row.time}`;
    const before = row.tier === 'raw' ? undefined : found.get(key);
    if (before) mergeInto(before, row);
    else {
      found.set(key, row);
      all.push(row);
    }
  }
  return all;
}

function mergeInto(row: Row, { values: other, count }: Row): void {
  const { values } = row;
  for (const [place, name] of seriesOf(row.source).entries()) {
    const [low, high, mean] = [3 * place, 3 * place + 1, 3 * place + 2];
    const [a, b] = [values[low] as number, other[low] as number];
    if (Number.isNaN(b)) continue;
    if (Number.isNaN(a)) {
      values.set(other.subarray(low, mean + 1), low);
      continue;
    }
    const [c, d] = [values[high] as number, other[high] as number];
    values[low] = isBits(name) ? a & b : Math.min(a, b);
    values[high] = isBits(name) ? c | d : Math.max(c, d);
    // Bits have no mean: NaN stays NaN.
    values[mean] = ((values[mean] as number) * row.count + (other[mean] as number) * count) / (row.count + count);
  }
  row.count += count;
}

/** Such as headroom-2026-11-26T20-00--21-00.csv, in UTC as the times in it. */
export function nameOfExport({ from, to, format }: ExportRequest): string {
  const [begin, end] = [from, to].map((time) => new Date(time).toISOString().slice(0, 16).replace(':', '-')) as [
    string,
    string,
  ];
  const sameDay = begin.slice(0, 10) === end.slice(0, 10);
  return `headroom-${begin}--${sameDay ? end.slice(11) : end}.${format}`;
}
