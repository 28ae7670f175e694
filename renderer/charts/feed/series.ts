import {
  type GpuMetric,
  type GpuSample,
  gpuStates,
  type HistoryWindow,
  HOST,
  type ProcessWindow,
  type Tick,
} from '#contract';
import type { HistoryRequest, Span } from './range.ts';

/** The samples of one pixel column. `time` is its middle, in Unix milliseconds. */
export interface Column {
  time: number;
  min: number;
  max: number;
  mean: number;
}

/** The data of one source's charts: columns by series. */
export interface ChartData {
  from: number;
  to: number;
  columnMs: number;
  /** Lines break at longer gaps between columns. */
  gapMs: number;
  /** Unix milliseconds of the oldest sample in the history; null if it is empty or was not queried. */
  oldest: number | null;
  series: Readonly<Record<string, readonly Column[]>>;
}

/** A hidden page gets a tick every five seconds. */
const LIVE_GAP_MS = 12_000;

type Reader = (tick: Tick, gpu: GpuSample | undefined) => number | null | undefined;

function readerOf(source: string, metric: string): Reader {
  if (source === HOST) return ({ host }) => host?.[metric as keyof typeof host];
  if (metric === 'oursMiB') return (_, gpu) => gpu?.ours?.usedMiB;
  if (metric === 'state') return (_, gpu) => gpu && gpuStates.indexOf(gpu.state);
  return (_, gpu) => gpu?.[metric as GpuMetric];
}

/** A mask's column has the bits of all its samples in `min`, and those of any in `max`. */
const isMask = (metric: string) => metric === 'throttle';

/** Groups the ticks of a span into columns. */
export function fromTicks(
  ticks: readonly Tick[],
  source: string,
  metrics: readonly string[],
  span: HistoryRequest,
): ChartData {
  const { from, to, width } = span;
  const series = createLiveSeries(source, metrics, (to - from) / Math.max(1, width));
  return series.update(
    ticks.filter(({ time }) => time >= from && time <= to),
    span,
  );
}

/**
 * Columns that grow with the page's ticks: column borders do not move with time, so an update reads the new ticks only.
 * `columnMs`: the length of a column.
 */
export function createLiveSeries(source: string, metrics: readonly string[], columnMs: number) {
  let columns = columnsOf(source, metrics, columnMs);
  let read: { ticks: readonly Tick[] | null; time: number } = { ticks: null, time: Number.NEGATIVE_INFINITY };
  return {
    /** `ticks` keeps its identity while it only grows at its end and shrinks at its start. */
    update(ticks: readonly Tick[], { from, to }: Span): ChartData {
      if (read.ticks !== ticks) {
        columns = columnsOf(source, metrics, columnMs);
        read = { ticks, time: Number.NEGATIVE_INFINITY };
      }
      const next = ticks.slice(firstAfter(ticks, read.time));
      const gpus = gpusOf(next, source);
      for (const { reader, list, add } of columns) {
        next.forEach((tick, i) => {
          const value = reader(tick, gpus[i]);
          if (value !== null && value !== undefined) add(tick.time, value);
        });
        const outside = list.findIndex(({ time }) => time + columnMs / 2 >= from);
        list.splice(0, outside === -1 ? list.length : outside);
      }
      read.time = next.at(-1)?.time ?? read.time;
      const series = Object.fromEntries(columns.map(({ metric, list }) => [metric, list]));
      return { from, to, columnMs, gapMs: LIVE_GAP_MS, oldest: null, series };
    },
  };
}

const columnsOf = (source: string, metrics: readonly string[], columnMs: number) =>
  metrics.map((metric) => ({
    metric,
    reader: readerOf(source, metric),
    ...createColumns(columnMs, isMask(metric)),
  }));

/** The index of the first tick after a time; most often near the end. */
function firstAfter(ticks: readonly Tick[], time: number): number {
  let index = ticks.length;
  while (index > 0 && (ticks[index - 1]?.time ?? 0) > time) index -= 1;
  return index;
}

/** The source's sample in each tick, tried first at its index in the previous tick. */
function gpusOf(ticks: readonly Tick[], source: string): (GpuSample | undefined)[] {
  let index = 0;
  return ticks.map(({ gpus }) => {
    if (gpus[index]?.uuid !== source) index = gpus.findIndex(({ uuid }) => uuid === source);
    return gpus[index];
  });
}

function createColumns(columnMs: number, mask: boolean) {
  const list: Column[] = [];
  let count = 0;
  return {
    list,
    add(at: number, value: number) {
      const time = (Math.floor(at / columnMs) + 0.5) * columnMs;
      const last = list.at(-1);
      if (last?.time !== time) {
        list.push({ time, min: value, max: value, mean: value });
        count = 1;
        return;
      }
      count += 1;
      last.min = mask ? last.min & value : Math.min(last.min, value);
      last.max = mask ? last.max | value : Math.max(last.max, value);
      last.mean += (value - last.mean) / count;
    },
  };
}

/** Converts the history's answer for a span. */
export function fromWindow(answer: HistoryWindow, { from, to }: Span): ChartData {
  const { at, columnMs, gapMs, oldest } = answer;
  const series: Record<string, Column[]> = {};
  for (const [metric, { min, max, mean }] of Object.entries(answer.metrics)) {
    const columns: Column[] = [];
    at.forEach((index, i) => {
      const [low, high] = [min[i], max[i]];
      if (low === null || low === undefined || high === null || high === undefined) return;
      columns.push({ time: from + (index + 0.5) * columnMs, min: low, max: high, mean: mean[i] ?? (low + high) / 2 });
    });
    series[metric] = columns;
  }
  return { from, to, columnMs, gapMs, oldest, series };
}

export const processKey = ({ pid, startTime }: ProcessWindow['list'][number]) => `${pid}:${startTime}`;

/** Converts the history's processes to one series each: the maximum of each column, from start to exit. */
export function fromProcesses(answer: ProcessWindow, { from, to }: Span): ChartData {
  const { columnMs, list } = answer;
  const series = Object.fromEntries(
    list.map((process) => [
      processKey(process),
      process.at.map((index, i) => {
        const used = process.maxMiB[i] ?? 0;
        return { time: from + (index + 0.5) * columnMs, min: used, max: used, mean: used };
      }),
    ]),
  );
  return { from, to, columnMs, gapMs: 1.5 * columnMs, oldest: null, series };
}

/** The column at a time; undefined in a gap. */
export function columnAt(columns: readonly Column[], time: number, data: ChartData): Column | undefined {
  let [low, high] = [0, columns.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((columns[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [columns[low - 1], columns[low]];
  const distance = (column: Column | undefined) => (column ? Math.abs(column.time - time) : Number.POSITIVE_INFINITY);
  const nearest = distance(before) <= distance(after) ? before : after;
  return distance(nearest) <= Math.max(data.columnMs, data.gapMs / 2) ? nearest : undefined;
}

/** The newest column, unless it is older than a gap or than the GPU's state. */
export function latestColumn(
  columns: readonly Column[],
  { to, gapMs, columnMs, series }: ChartData,
): Column | undefined {
  const last = columns.at(-1);
  // A lost GPU still has a state, but no current values.
  const stateTime = series.state?.at(-1)?.time ?? 0;
  return last && last.time >= Math.max(to - gapMs, stateTime) - columnMs ? last : undefined;
}
