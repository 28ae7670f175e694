import type { HistoryWindow, WindowRequest } from '#contract';
import type { Visit } from '../samples/records.ts';
import { isBits, seriesOf } from '../samples/series.ts';

export interface Columns {
  /** One record: figures in the order of the source's series, one or three of each. */
  take: Visit;
  result(): Pick<HistoryWindow, 'columnMs' | 'at' | 'metrics'>;
}

/** What one window is gathered in, cell by cell. */
interface Cells {
  min: Float32Array;
  max: Float32Array;
  sum: Float64Array;
  /** Samples with a figure; 0: there was none, and nothing else of the cell counts. */
  counts: Uint32Array;
}

let spare: Cells | null = null;

/** Of the last window where they are large enough: a mebibyte of new ones for each would make the collector run. */
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
 * Minimum, maximum and mean in each pixel column of a chart. Whatever order records come in, and however often a bucket
 * was cut in two, the result is the same. A window of 30 days goes through here 43,200 times: hence flat arrays,
 * all metrics of a column side by side.
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
  // Of a single sample minimum, maximum and mean are itself.
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
    min: toldOf(at, length, metric, counts, (cell) => rounded(min[cell] as number)),
    max: toldOf(at, length, metric, counts, (cell) => rounded(max[cell] as number)),
    mean: isOfBits[metric]
      ? new Array<null>(at.length).fill(null)
      : toldOf(at, length, metric, counts, (cell) => rounded((sum[cell] as number) / (counts[cell] as number))),
  });

  return {
    take(time, count, figures, base) {
      // A bucket that began before the window shows at its edge.
      const column = Math.min(width - 1, Math.max(0, Math.floor((time - from) / columnMs)));
      held[column] = 1;
      const first = column * length;
      for (let metric = 0; metric < length; metric += 1) {
        const place = base + (places[metric] as number);
        const low = figures[place] as number;
        if (Number.isNaN(low)) continue;
        const cell = first + metric;
        const high = figures[place + toMax] as number;
        if (isOfBits[metric] === 1) joinBits(cell, low, high);
        else join(cell, low, high);
        counts[cell] = (counts[cell] as number) + count;
        sum[cell] = (sum[cell] as number) + count * (figures[place + toMean] as number);
      }
    },
    result() {
      const at: number[] = [];
      for (let column = 0; column < width; column += 1) if (held[column]) at.push(column);
      const told = { columnMs, at, metrics: Object.fromEntries(metrics.map((name, i) => [name, cellsOf(i, at)])) };
      spare = cells;
      return told;
    },
  };
}

/**
 * One metric's cells, of which there are `each` side by side. Without a null among them the engine keeps them as bare
 * numbers; with one each number is an object of its own, hence the look before.
 */
function toldOf(
  at: readonly number[],
  each: number,
  metric: number,
  counts: Uint32Array,
  value: (cell: number) => number,
): (number | null)[] {
  let some = 0;
  for (const column of at) if (counts[column * each + metric] !== 0) some += 1;
  if (some === 0) return new Array<null>(at.length).fill(null);
  const told = new Array<number | null>(at.length);
  for (let i = 0; i < at.length; i += 1) {
    const cell = (at[i] as number) * each + metric;
    told[i] = some < at.length && counts[cell] === 0 ? null : value(cell);
  }
  return told;
}

/** As exact as nvidia-smi tells it: 433.78 W, not the 433.7799987792969 that 32 bits make of it. */
export const rounded = (value: number) => ((value | 0) === value ? value : Math.round(value * 1_000) / 1_000);
