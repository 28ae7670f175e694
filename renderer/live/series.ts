import { type GpuSample, gpuStates, type HistoryWindow, HOST, type ProcessWindow, type Tick } from '#contract';

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

function figureOf(tick: Tick, gpu: GpuSample | undefined, source: string, metric: string): number | null {
  if (source === HOST) return tick.host?.[metric as keyof NonNullable<Tick['host']>] ?? null;
  if (!gpu) return null;
  if (metric === 'oursMiB') return gpu.ours?.usedMiB ?? null;
  if (metric === 'state') return gpuStates.indexOf(gpu.state);
  return (gpu[metric as keyof GpuSample] as number | null | undefined) ?? null;
}

/** A mask's column holds bits, as the history's does: those that were always set, and those that ever were. */
const isMask = (metric: string) => metric === 'throttle';

/**
 * The ticks of a span in columns whose borders stand still as time goes on, so that a drawn column changes only while it
 * is the newest.
 */
export function fromTicks(
  ticks: readonly Tick[],
  source: string,
  metrics: readonly string[],
  span: AskedWindow,
): Shown {
  const { from, to, width } = span;
  const columnMs = (to - from) / Math.max(1, width);
  const series = Object.fromEntries(metrics.map((metric) => [metric, [] as (Column & { count: number })[]]));
  let place = 0;
  for (const tick of ticks) {
    if (tick.time < from || tick.time > to) continue;
    // Nearly always where it was in the tick before.
    if (tick.gpus[place]?.uuid !== source) place = tick.gpus.findIndex((one) => one.uuid === source);
    const gpu = tick.gpus[place];
    const time = (Math.floor(tick.time / columnMs) + 0.5) * columnMs;
    for (const metric of metrics) {
      const value = figureOf(tick, gpu, source, metric);
      const made = series[metric];
      if (value === null || !made) continue;
      const last = made.at(-1);
      if (last?.time !== time) made.push({ time, min: value, max: value, mean: value, count: 1 });
      else if (isMask(metric)) {
        last.min &= value;
        last.max |= value;
      } else {
        last.min = Math.min(last.min, value);
        last.max = Math.max(last.max, value);
        last.count += 1;
        last.mean += (value - last.mean) / last.count;
      }
    }
  }
  return { from, to, columnMs, gapMs: LIVE_GAP_MS, oldest: null, series };
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

/** The newest column, as long as it is not older than a gap. */
export function newestOf(columns: readonly Column[], { to, gapMs, columnMs }: Shown): Column | undefined {
  const last = columns.at(-1);
  return last && last.time >= to - gapMs - columnMs ? last : undefined;
}
