import {
  type GpuFigure,
  type GpuSample,
  gpuStates,
  type HistoryWindow,
  HOST,
  type ProcessWindow,
  type Tick,
} from '#contract';

import type { AskedWindow, Span } from './range.ts';

/** What was measured in one column of pixels. `time` is its middle, in Unix milliseconds. */
export interface Column {
  time: number;
  min: number;
  max: number;
  mean: number;
}

/** What one source's charts draw: columns by the name of their series. */
export interface Shown {
  from: number;
  to: number;
  columnMs: number;
  /** Lines break where nothing is for longer. */
  gapMs: number;
  /** Unix milliseconds of the oldest that is kept; null where nothing is, or where nobody asked. */
  oldest: number | null;
  series: Readonly<Record<string, readonly Column[]>>;
}

/** A hidden page is told every five seconds: shorter holes are none. */
const LIVE_GAP_MS = 12_000;

type Reader = (tick: Tick, gpu: GpuSample | undefined) => number | null | undefined;

function readerOf(source: string, metric: string): Reader {
  if (source === HOST) return ({ host }) => host?.[metric as keyof typeof host];
  if (metric === 'oursMiB') return (_, gpu) => gpu?.ours?.usedMiB;
  if (metric === 'state') return (_, gpu) => gpu && gpuStates.indexOf(gpu.state);
  return (_, gpu) => gpu?.[metric as GpuFigure];
}

/** A mask's column holds bits, as the history's does: those that were always set, and those that ever were. */
const isMask = (metric: string) => metric === 'throttle';

/**
 * The ticks of a span in columns whose borders stand still as time goes on, so that a drawn column changes only while it
 * is the newest. With each tick for every chart: one pass for a series, and nothing is looked up in it twice.
 */
export function fromTicks(
  ticks: readonly Tick[],
  source: string,
  metrics: readonly string[],
  span: AskedWindow,
): Shown {
  const { from, to, width } = span;
  const columnMs = (to - from) / Math.max(1, width);
  const inside = ticks.filter(({ time }) => time >= from && time <= to);
  const gpus = gpusOf(inside, source);
  const series = Object.fromEntries(
    metrics.map((metric) => {
      const read = readerOf(source, metric);
      const columns = createColumns(columnMs, isMask(metric));
      inside.forEach((tick, i) => {
        const value = read(tick, gpus[i]);
        if (value !== null && value !== undefined) columns.take(tick.time, value);
      });
      return [metric, columns.made];
    }),
  );
  return { from, to, columnMs, gapMs: LIVE_GAP_MS, oldest: null, series };
}

/** The source's sample of each tick: nearly always where it was in the one before. */
function gpusOf(ticks: readonly Tick[], source: string): (GpuSample | undefined)[] {
  let place = 0;
  return ticks.map(({ gpus }) => {
    if (gpus[place]?.uuid !== source) place = gpus.findIndex((one) => one.uuid === source);
    return gpus[place];
  });
}

function createColumns(columnMs: number, mask: boolean) {
  const made: Column[] = [];
  let count = 0;
  return {
    made,
    take(at: number, value: number) {
      const time = (Math.floor(at / columnMs) + 0.5) * columnMs;
      const last = made.at(-1);
      if (last?.time !== time) {
        made.push({ time, min: value, max: value, mean: value });
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

/** The core's answer for a span that was asked for. */
export function fromWindow(answer: HistoryWindow, { from, to }: Span): Shown {
  const { at, columnMs, gapMs, oldest } = answer;
  const series: Record<string, Column[]> = {};
  for (const [metric, { min, max, mean }] of Object.entries(answer.metrics)) {
    const made: Column[] = [];
    at.forEach((place, i) => {
      const [low, high] = [min[i], max[i]];
      if (low === null || low === undefined || high === null || high === undefined) return;
      made.push({ time: from + (place + 0.5) * columnMs, min: low, max: high, mean: mean[i] ?? (low + high) / 2 });
    });
    series[metric] = made;
  }
  return { from, to, columnMs, gapMs, oldest, series };
}

export const processKey = ({ pid, startTime }: ProcessWindow['list'][number]) => `${pid}:${startTime}`;

/** Each process as a series of its own: what it held at most in each column. It is in every column until it has gone. */
export function fromProcesses(answer: ProcessWindow, { from, to }: Span): Shown {
  const { columnMs, list } = answer;
  const series = Object.fromEntries(
    list.map((one) => [
      processKey(one),
      one.at.map((place, i) => {
        const held = one.maxMiB[i] ?? 0;
        return { time: from + (place + 0.5) * columnMs, min: held, max: held, mean: held };
      }),
    ]),
  );
  return { from, to, columnMs, gapMs: 1.5 * columnMs, oldest: null, series };
}

/** The column at a moment; undefined in a gap. */
export function columnAt(columns: readonly Column[], time: number, shown: Shown): Column | undefined {
  let [low, high] = [0, columns.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((columns[middle]?.time ?? 0) < time) low = middle + 1;
    else high = middle;
  }
  const [before, after] = [columns[low - 1], columns[low]];
  const distance = (one: Column | undefined) => (one ? Math.abs(one.time - time) : Number.POSITIVE_INFINITY);
  const nearest = distance(before) <= distance(after) ? before : after;
  return distance(nearest) <= Math.max(shown.columnMs, shown.gapMs / 2) ? nearest : undefined;
}

/** The newest column, as long as it is no older than a gap, and than what else this GPU has told since. */
export function newestOf(columns: readonly Column[], { to, gapMs, columnMs, series }: Shown): Column | undefined {
  const last = columns.at(-1);
  // A GPU that is lost tells its state still: what it told before is no figure of now.
  const told = series.state?.at(-1)?.time ?? 0;
  return last && last.time >= Math.max(to - gapMs, told) - columnMs ? last : undefined;
}
