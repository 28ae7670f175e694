import type { HistoryWindow, WindowRequest } from '#contract';
import type { Visit } from './records.ts';
import { isBits, seriesOf } from './series.ts';

export interface Columns {
  /** One record: figures in the order of the source's series, one or three of each. */
  take: Visit;
  result(): Pick<HistoryWindow, 'columnMs' | 'at' | 'metrics'>;
}

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
  const bits = metrics.map(isBits);
  const cells = metrics.length * width;
  const [min, max, sum] = [new Float32Array(cells), new Float32Array(cells), new Float64Array(cells)];
  /** Samples with a figure; 0: there was none, and nothing else of the cell counts. */
  const counts = new Uint32Array(cells);
  const held = new Uint8Array(width);
  // Of a single sample minimum, maximum and mean are itself.
  const [toMax, toMean] = each === 3 ? [1, 2] : [0, 0];

  const join = (cell: number, isOfBits: boolean | undefined, low: number, high: number) => {
    const [oldLow, oldHigh] = [min[cell] as number, max[cell] as number];
    if (isOfBits) {
      min[cell] = oldLow & low;
      max[cell] = oldHigh | high;
      return;
    }
    if (low < oldLow) min[cell] = low;
    if (high > oldHigh) max[cell] = high;
  };
  const cellsOf = (metric: number, at: readonly number[]) => {
    const told: HistoryWindow['metrics'][string] = { min: [], max: [], mean: [] };
    for (const column of at) {
      const cell = column * metrics.length + metric;
      const count = counts[cell] as number;
      told.min.push(count === 0 ? null : rounded(min[cell] as number));
      told.max.push(count === 0 ? null : rounded(max[cell] as number));
      told.mean.push(count === 0 || bits[metric] ? null : rounded((sum[cell] as number) / count));
    }
    return told;
  };

  return {
    take(time, count, figures, base) {
      // A bucket that began before the window shows at its edge.
      const column = Math.min(width - 1, Math.max(0, Math.floor((time - from) / columnMs)));
      held[column] = 1;
      const first = column * places.length;
      for (let metric = 0; metric < places.length; metric += 1) {
        const place = base + (places[metric] as number);
        const low = figures[place] as number;
        if (Number.isNaN(low)) continue;
        const cell = first + metric;
        if (counts[cell] === 0) {
          min[cell] = low;
          max[cell] = figures[place + toMax] as number;
        } else join(cell, bits[metric], low, figures[place + toMax] as number);
        counts[cell] = (counts[cell] as number) + count;
        sum[cell] = (sum[cell] as number) + count * (figures[place + toMean] as number);
      }
    },
    result() {
      const at: number[] = [];
      for (let column = 0; column < width; column += 1) if (held[column]) at.push(column);
      return {
        columnMs,
        at,
        metrics: Object.fromEntries(metrics.map((name, metric) => [name, cellsOf(metric, at)])),
      };
    },
  };
}

/** As exact as nvidia-smi tells it: 433.78 W, not the 433.7799987792969 that 32 bits make of it. */
export const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
