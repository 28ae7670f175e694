import { type HistoryWindow, PanelError, type WindowRequest } from '#contract';
import { bucketTime } from '../samples/bucket.ts';
import { seriesOf } from '../samples/series.ts';
import type { Source } from '../samples/source.ts';
import { type TierName, tierNames, tiers } from '../samples/tiers.ts';
import { say } from '../sentences.ts';
import { createColumns } from './columns.ts';

/** The latest time that a Date can represent. */
const LATEST = 8.64e15;

/** Throws PanelError (`invalid_input`). */
export function checkWindow(request: WindowRequest): void {
  checkRange(request);
  const known = seriesOf(request.source);
  const wrong = request.metrics.find((name) => !known.includes(name));
  if (wrong !== undefined)
    throw new PanelError(
      'invalid_input',
      say('unknownMetric', { metric: wrong, source: request.source, known: known.join(', ') }),
    );
}

export function checkRange({ from, to }: { from: number; to: number }): void {
  if (!(to > from)) throw new PanelError('invalid_input', say('endBeforeBegin'));
  if (to > LATEST) throw new PanelError('invalid_input', say('endTooLate'));
}

/** The values in the window, from the finest records that a chart of this width can show. */
export async function windowOf(source: Source, request: WindowRequest): Promise<HistoryWindow> {
  await source.opened();
  const { from, to, width } = request;
  const tier = tierFor(source, from, (to - from) / width);
  const columns = createColumns(request, tier === 'raw' ? 1 : 3);
  const times: number[] = [];
  await source.visit(tier, from, to, (time, count, values, base) => {
    if (tier === 'raw') times.push(time);
    columns.add(time, count, values, base);
  });
  const result = columns.result();
  const step = tier === 'raw' ? rawGapMs(times) : tiers[tier].bucketMs * 1.5;
  // A sample may be at the end of its column and the next one at the beginning of its own.
  return { tier, oldest: oldestOf(source), gapMs: step + result.columnMs, ...result };
}

const oldestOf = (source: Source): number | null => {
  const all = tierNames.map((tier) => source.oldest(tier)).filter((time) => time !== null);
  return all.length > 0 ? Math.min(...all) : null;
};

/**
 * The finest tier whose records are not finer than a column; a coarser one where that does not reach back to the window's
 * start, unless none does. Samples are more precise in time than buckets, so an equal reach is enough.
 */
export function tierFor(source: Source, from: number, columnMs: number): TierName {
  const wanted = columnMs < tiers['10s'].bucketMs ? 0 : columnMs < tiers['1m'].bucketMs ? 1 : 2;
  const oldest = oldestOf(source) ?? from;
  const enough = Math.max(from, oldest + tiers['1m'].bucketMs);
  // The clock may have been years back for a moment: the oldest record alone does not prove completeness.
  const minute = bucketTime(from, tiers['1m'].bucketMs);
  const first = (tier: TierName) => source.next(tier, minute) ?? Number.POSITIVE_INFINITY;
  const begun = Math.min(...tierNames.map(first)) + tiers['1m'].bucketMs;
  const reaches = (tier: TierName) =>
    (source.oldest(tier) ?? Number.POSITIVE_INFINITY) <= enough && first(tier) <= begun;
  const order = [...tierNames.slice(wanted), ...tierNames.slice(0, wanted).reverse()];
  return order.find(reaches) ?? (tierNames[wanted] as TierName);
}

/** The longest polling interval is 5 s, plus the time of the query. */
const LONGEST_PERIOD_MS = 6_000;
/** The slower polling intervals, and their tolerance. */
const SLOWER_MS = [2_000, 5_000] as const;
const [MIN_FACTOR, MAX_FACTOR] = [0.95, 1.2] as const;

const isSlower = (step: number) =>
  SLOWER_MS.some((period) => step >= period * MIN_FACTOR && step <= period * MAX_FACTOR);

/**
 * The polling interval changes between 0.5, 2 and 5 s with the attention level: a gap is three times the longest typical
 * interval in this window. Typical intervals occur at least three times; one or two are slow answers of nvidia-smi. A short
 * switch to a slower interval is not a gap either. Without intervals, the longest one counts.
 */
export function rawGapMs(times: number[]): number {
  const sorted = Float64Array.from(times).sort();
  const steps: number[] = [];
  for (let i = 1; i < sorted.length; i += 1) {
    const step = (sorted[i] as number) - (sorted[i - 1] as number);
    if (step <= LONGEST_PERIOD_MS) steps.push(step);
  }
  if (steps.length === 0) return 3 * LONGEST_PERIOD_MS;
  const typical = Float64Array.from(steps).sort().at(-3) ?? LONGEST_PERIOD_MS;
  return Math.max(SLOWER_MS[0] * MAX_FACTOR, 3 * Math.max(typical, ...steps.filter(isSlower)));
}
