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
 * was cut in two, the result is the same.
 */
export function createColumns(request: WindowRequest, each: 1 | 3): Columns {
  const { source, from, to, width } = request;
  const columnMs = (to - from) / width;
  const series = seriesOf(source);
  const wanted = request.metrics.map((name) => createCells(name, series.indexOf(name) * each, each, width));
  const held = new Uint8Array(width);

  return {
    take(time, count, figures, base) {
      // A bucket that began before the window shows at its edge.
      const column = Math.min(width - 1, Math.max(0, Math.floor((time - from) / columnMs)));
      held[column] = 1;
      for (const cells of wanted) cells.take(column, count, figures, base);
    },
    result() {
      const at = Array.from(held.keys()).filter((column) => held[column]);
      return { columnMs, at, metrics: Object.fromEntries(wanted.map(({ name, result }) => [name, result(at)])) };
    },
  };
}

function createCells(name: string, place: number, each: 1 | 3, width: number) {
  const bits = isBits(name);
  const min = new Float64Array(width).fill(Number.NaN);
  const max = new Float64Array(width).fill(Number.NaN);
  const sum = new Float64Array(width);
  const counts = new Float64Array(width);
  // Of a single sample minimum, maximum and mean are itself.
  const [toMax, toMean] = each === 3 ? [1, 2] : [0, 0];

  return {
    name,
    take(column: number, count: number, figures: Float32Array, base: number) {
      const low = figures[base + place] as number;
      if (Number.isNaN(low)) return;
      const high = figures[base + place + toMax] as number;
      const [oldLow, oldHigh] = [min[column] as number, max[column] as number];
      const first = counts[column] === 0;
      (counts[column] as number) += count;
      if (bits) {
        min[column] = first ? low : oldLow & low;
        max[column] = first ? high : oldHigh | high;
        return;
      }
      if (first || low < oldLow) min[column] = low;
      if (first || high > oldHigh) max[column] = high;
      (sum[column] as number) += count * (figures[base + place + toMean] as number);
    },
    result(at: readonly number[]) {
      const told = (value: number) => (Number.isNaN(value) ? null : rounded(value));
      const mean = (column: number) => {
        const count = counts[column] as number;
        return bits || count === 0 ? null : rounded((sum[column] as number) / count);
      };
      return {
        min: at.map((column) => told(min[column] as number)),
        max: at.map((column) => told(max[column] as number)),
        mean: at.map(mean),
      };
    },
  };
}

/** As exact as nvidia-smi tells it: 433.78 W, not the 433.7799987792969 that 32 bits make of it. */
export const rounded = (value: number) => Math.round(value * 1_000) / 1_000;
