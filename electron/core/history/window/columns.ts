import type { HistoryWindow, WindowRequest } from '#contract';
import type { Visit } from '../samples/records.ts';
import { isBits, seriesOf } from '../samples/series.ts';

export interface Columns {
  /** Adds one record: values in the order of the source's series, one or three of each. */
  add: Visit;
  result(): Pick<HistoryWindow, 'columnMs' | 'at' | 'metrics'>;
}

/** The accumulators of one window, cell by cell. */
interface Cells {
  min: Float32Array;
  max: Float32Array;
  sum: Float64Array;
  /** Samples with a value; 0: the cell is empty. */
  counts: Uint32Array;
}

let spare: Cells | null = null;

/** Reuses the cells of the last window where they are large enough: new ones for each window would cause garbage collection. */
function cleanCells(length: number): Cells {
  const cells = spare && spare.min.length >= length ? spare : makeCells(length);
  spare = null;
  cells.min.fill(Number.POSITIVE_INFINITY, 0, length);
  cells.max.fill(Number.NEGATIVE_INFINITY, 0, length);
  cells.sum.fill(0, 0, length);
  cells.counts.fill(0, 0, length);
  return cells;
}

const makeCells = (length: number): Cells => ({
  min: new Float32Array(length),
  max: new Float32Array(length),
  sum: new Float64Array(length),
  counts: new Uint32Array(length),
});

/**
 * Minimum, maximum and mean in each pixel column of a chart. The result does not depend on the order of records, or on
 * split buckets. A window of 30 days adds 43,200 records: hence flat arrays with all metrics of a column side by side.
 */
export function createColumns(request: WindowRequest, each: 1 | 3): Columns {
  const { source, from, to, width, metrics } = request;
  const columnMs = (to - from) / width;
  const series = seriesOf(source);
  const places = Uint8Array.from(metrics, (name) => series.indexOf(name) * each);
  const isOfBits = Uint8Array.from(metrics, (name) => (isBits(name) ? 1 : 0));
  const length = metrics.length;
  const cells = cleanCells(length * width);
  const { min, max, sum, counts } = cells;
  const held = new Uint8Array(width);
  // A single sample is its own minimum, maximum and mean.
  const [toMax, toMean] = each === 3 ? [1, 2] : [0, 0];

  const joinBits = (cell: number, low: number, high: number) => {
    const first = counts[cell] === 0;
    min[cell] = first ? low : (min[cell] as number) & low;
    max[cell] = first ? high : (max[cell] as number) | high;
  };
  const join = (cell: number, low: number, high: number) => {
    if (low < (min[cell] as number)) min[cell] = low;
    if (high > (max[cell] as number)) max[cell] = high;
  };
  const cellsOf = (metric: number, at: readonly number[]) => ({
    min: valuesOf(at, length, metric, counts, (cell) => rounded(min[cell] as number)),
    max: valuesOf(at, length, metric, counts, (cell) => rounded(max[cell] as number)),
    mean: isOfBits[metric]
      ? new Array<null>(at.length).fill(null)
      : valuesOf(at, length, metric, counts, (cell) => rounded((sum[cell] as number) / (counts[cell] as number))),
  });

  return {
    add(time, count, values, base) {
      // A bucket that begins before the window is drawn at its edge.
      const column = Math.min(width - 1, Math.max(0, Math.floor((time - from) / columnMs)));
      held[column] = 1;
      const first = column * length;
      for (let metric = 0; metric < length; metric += 1) {
        const place = base + (places[metric] as number);
        const low = values[place] as number;
        if (Number.isNaN(low)) continue;
        const cell = first + metric;
        const high = values[place + toMax] as number;
        if (isOfBits[metric] === 1) joinBits(cell, low, high);
        else join(cell, low, high);
        counts[cell] = (counts[cell] as number) + count;
        sum[cell] = (sum[cell] as number) + count * (values[place + toMean] as number);
      }
    },
    result() {
      const at: number[] = [];
      for (let column = 0; column < width; column += 1) if (held[column]) at.push(column);
      const result = { columnMs, at, metrics: Object.fromEntries(metrics.map((name, i) => [name, cellsOf(i, at)])) };
      spare = cells;
      return result;
    },
  };
}

/**
 * One metric's values, from cells with `each` metrics side by side. V8 stores an array without null as plain numbers, and
 * with null as objects: hence the check before.
 */
function valuesOf(
  at: readonly number[],
  each: number,
  metric: number,
  counts: Uint32Array,
  value: (cell: number) => number,
): (number | null)[] {
  let some = 0;
  for (const column of at) if (counts[column * each + metric] !== 0) some += 1;
  if (some === 0) return new Array<null>(at.length).fill(null);
  const values = new Array<number | null>(at.length);
  for (let i = 0; i < at.length; i += 1) {
    const cell = (at[i] as number) * each + metric;
    values[i] = some < at.length && counts[cell] === 0 ? null : value(cell);
  }
  return values;
}

/** Rounds to the precision of nvidia-smi: 433.78 W, not 433.7799987792969 as a 32-bit float. */
export const rounded = (value: number) => ((value | 0) === value ? value : Math.round(value * 1_000) / 1_000);
