import { type GpuConditions, type ProcessWindow, slows } from '#contract';
import { seriesOf } from '../samples/series.ts';
import type { Source } from '../samples/source.ts';
import { tiers } from '../samples/tiers.ts';
import { rawGapMs, tierFor } from '../window/window.ts';
import {
  type Bucket,
  energyOf,
  type Reading,
  type Segment,
  secondsOf,
  segmentsOf,
  segmentsOfBuckets,
  throttledBy,
  within,
} from './segments.ts';

interface Span {
  from: number;
  to: number;
}

/** Samples this long before and after the range may belong to it. */
const MARGIN_MS = 20_000;
const MIB_COLUMNS = 600;

/** What one GPU's samples say about a time range; null where we held no memory of it then. */
export async function conditionsOf(
  source: Source,
  span: Span,
  processes: (width: number) => Promise<ProcessWindow>,
): Promise<GpuConditions | null> {
  await source.opened();
  const { segments, oursMaxMiB } = await read(source, span);
  if (!oursMaxMiB) return null;
  const energy = energyOf(segments);
  const throttled = throttledBy(segments, slows);
  return {
    uuid: source.name,
    sampledSeconds: secondsOf(segments),
    energyJ: energy.seconds > 0 ? energy.joules : null,
    poweredSeconds: energy.seconds,
    throttled: throttled.any,
    reasons: throttled.reasons,
    oursMaxMiB,
    others: othersOf(await processes(MIB_COLUMNS)),
  };
}

/** From the finest tier that reaches back to the start of the range. */
async function read(source: Source, { from, to }: Span): Promise<{ segments: Segment[]; oursMaxMiB: number | null }> {
  const series = seriesOf(source.name);
  const [power, throttle, ours] = ['powerDrawW', 'throttle', 'oursMiB'].map((name) => series.indexOf(name)) as [
    number,
    number,
    number,
  ];
  const tier = tierFor(source, from, 1);
  let oursMaxMiB: number | null = null;
  const hold = (time: number, mib: number, lengthMs: number) => {
    if (time + lengthMs >= from && time < to && !Number.isNaN(mib)) oursMaxMiB = Math.max(mib, oursMaxMiB ?? 0);
  };
  if (tier === 'raw') {
    const readings: Reading[] = [];
    await source.visit(tier, from - MARGIN_MS, to + MARGIN_MS, (time, _, values, base) => {
      const value = (place: number) => values[base + place] as number;
      readings.push({ time, power: value(power), bits: value(throttle) });
      hold(time, value(ours), 0);
    });
    const gapMs = rawGapMs(readings.map(({ time }) => time));
    return { segments: within(segmentsOf(readings, gapMs), from, to), oursMaxMiB };
  }
  const { bucketMs } = tiers[tier];
  const buckets: Bucket[] = [];
  await source.visit(tier, from, to, (time, count, values, base) => {
    // Minimum, maximum and mean of each series.
    const value = (place: number, kind: 0 | 1 | 2) => values[base + 3 * place + kind] as number;
    buckets.push({ time, count, power: value(power, 2), bits: [value(throttle, 0), value(throttle, 1)] });
    hold(time, value(ours, 1), bucketMs);
  });
  return { segments: within(segmentsOfBuckets(buckets, bucketMs), from, to), oursMaxMiB };
}

/** Our own processes were on this GPU: a list without them does not say who else was. */
function othersOf({ columnMs, list }: ProcessWindow): GpuConditions['others'] {
  if (!list.some(({ ours }) => ours)) return null;
  return list
    .filter(({ ours }) => !ours)
    .map(({ pid, name, at, maxMiB }) => ({
      pid,
      name,
      seconds: (at.length * columnMs) / 1_000,
      maxMiB: Math.max(...maxMiB),
    }));
}
