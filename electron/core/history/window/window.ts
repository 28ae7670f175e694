import { type HistoryWindow, PanelError, type WindowRequest } from '#contract';
import { bucketTime } from '../samples/bucket.ts';
import { seriesOf } from '../samples/series.ts';
import type { Source } from '../samples/source.ts';
import { type TierName, tierNames, tiers } from '../samples/tiers.ts';
import { createColumns } from './columns.ts';

/** The last that a Date can tell. */
const LATEST = 8.64e15;

/** Fails with `invalid_input` and a sentence. */
export function checkWindow(request: WindowRequest): void {
  checkSpan(request);
  const known = seriesOf(request.source);
  const wrong = request.metrics.find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new PanelError(
      'invalid_input',
      `"${wrong}" is not kept of ${request.source}: choose of ${known.join(', ')}.`,
    );
}

export function checkSpan({ from, to }: { from: number; to: number }): void {
  if (!(to > from))
    throw new PanelError('invalid_input', 'This span of time ends before it begins: give an end that is later.');
  if (to > LATEST)
    throw new PanelError('invalid_input', 'This span of time ends after every calendar: give milliseconds.');
}

/** What was measured in the window, from the finest records that a chart of this width can show. */
export async function windowOf(source: Source, request: WindowRequest): Promise<HistoryWindow> {
  await source.opened();
  const { from, to, width } = request;
  const tier = tierFor(source, from, (to - from) / width);
  const columns = createColumns(request, tier === 'raw' ? 1 : 3);
  const times: number[] = [];
  await source.visit(tier, from, to, (time, count, figures, base) => {
    if (tier === 'raw') times.push(time);
    columns.take(time, count, figures, base);
  });
  const result = columns.result();
  const step = tier === 'raw' ? rawGapMs(times) : tiers[tier].bucketMs * 1.5;
  // A sample can lie at its column's end and the next one at its column's beginning.
  return { tier, oldest: oldestOf(source), gapMs: step + result.columnMs, ...result };
}

const oldestOf = (source: Source): number | null => {
  const all = tierNames.map((tier) => source.oldest(tier)).filter((time) => time !== null);
  return all.length > 0 ? Math.min(...all) : null;
};

/**
 * The finest whose records are not finer than a column; a coarser one where that does not reach back to the window's
 * beginning, unless none does. A bucket says less of when something was than the sample, so an equal reach is enough.
 */
function tierFor(source: Source, from: number, columnMs: number): TierName {
  const wanted = columnMs < tiers['10s'].bucketMs ? 0 : columnMs < tiers['1m'].bucketMs ? 1 : 2;
  const oldest = oldestOf(source) ?? from;
  const enough = Math.max(from, oldest + tiers['1m'].bucketMs);
  // The clock may have stood years back for a moment: the oldest alone does not tell that nothing is missing since.
  const minute = bucketTime(from, tiers['1m'].bucketMs);
  const first = (tier: TierName) => source.next(tier, minute) ?? Number.POSITIVE_INFINITY;
  const begun = Math.min(...tierNames.map(first)) + tiers['1m'].bucketMs;
  const reaches = (tier: TierName) =>
    (source.oldest(tier) ?? Number.POSITIVE_INFINITY) <= enough && first(tier) <= begun;
  const order = [...tierNames.slice(wanted), ...tierNames.slice(0, wanted).reverse()];
  return order.find(reaches) ?? (tierNames[wanted] as TierName);
}

/** The longest period that is asked for is 5 s, and the query itself takes some time. */
const LONGEST_PERIOD_MS = 6_000;
/** Those that are asked for where nobody looks closely, and how much of itself one may differ by. */
const SLOWER_MS = [2_000, 5_000] as const;
const [LESS, MORE] = [0.95, 1.2] as const;

const isSlower = (step: number) => SLOWER_MS.some((period) => step >= period * LESS && step <= period * MORE);

/**
 * The rate changes between 0.5, 2 and 5 s as the panel is looked at: three times the longest period that is usual in this
 * window. Usual is what occurs three times: once or twice is a slow answer of nvidia-smi. But a glance at another window
 * makes a single step of a slower rate, or a part of one, and that is no gap. Without an example, the longest.
 */
function rawGapMs(times: number[]): number {
  const sorted = Float64Array.from(times).sort();
  const steps: number[] = [];
  for (let i = 1; i < sorted.length; i += 1) {
    const step = (sorted[i] as number) - (sorted[i - 1] as number);
    if (step <= LONGEST_PERIOD_MS) steps.push(step);
  }
  if (steps.length === 0) return 3 * LONGEST_PERIOD_MS;
  const often = Float64Array.from(steps).sort().at(-3) ?? LONGEST_PERIOD_MS;
  return Math.max(SLOWER_MS[0] * MORE, 3 * Math.max(often, ...steps.filter(isSlower)));
}
