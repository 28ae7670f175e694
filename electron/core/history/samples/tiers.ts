import { gpuSeries, hostSeries } from '#contract';
import { seriesOf } from './series.ts';

export const tierNames = ['raw', '10s', '1m'] as const;
export type TierName = (typeof tierNames)[number];

/**
 * The oldest records of a ring are out of reach before they are written over, so that a read that is under way never
 * meets a write: it takes milliseconds, and this many records take more than a minute.
 */
const GUARD = 200;

/**
 * `held` records can be read back; a bucket that a restart cut in two takes two, and two streams overlap where the
 * rate changes: hence some more than the span needs.
 */
export const tiers = {
  /** Every sample, for an hour at two a second; longer where they come more seldom. */
  raw: { bucketMs: 0, held: 7_200 + 240 },
  /** A day. */
  '10s': { bucketMs: 10_000, held: 8_640 + 160 },
  /** 30 days. */
  '1m': { bucketMs: 60_000, held: 43_200 + 600 },
} as const satisfies Record<TierName, { bucketMs: number; held: number }>;

/** What one file holds: fixed-size records of one source in one tier. */
export interface Layout {
  source: string;
  tier: TierName;
  metrics: readonly string[];
  /** Figures of each metric: its value, or minimum, maximum and mean. */
  each: 1 | 3;
  held: number;
  capacity: number;
  recordBytes: number;
}

export const HEADER_BYTES = 1_024;

/** Sequence, count and time come before a record's figures, a checksum after them; eight bytes keep times aligned. */
const recordBytes = (figures: number) => Math.ceil((16 + 4 * figures + 4) / 8) * 8;

export function layoutOf(source: string, tier: TierName): Layout {
  const metrics = seriesOf(source);
  const { held } = tiers[tier];
  const each = tier === 'raw' ? 1 : 3;
  return { source, tier, metrics, each, held, capacity: held + GUARD, recordBytes: recordBytes(metrics.length * each) };
}

const bytesOf = (metrics: number) =>
  tierNames.reduce((sum, tier) => {
    const bytes = recordBytes(metrics * (tier === 'raw' ? 1 : 3));
    return sum + HEADER_BYTES + (tiers[tier].held + GUARD) * bytes;
  }, 0);

/** The most that the files of one GPU take, and those of the machine itself. */
export const GPU_BYTES = bytesOf(gpuSeries.length);
export const HOST_BYTES = bytesOf(hostSeries.length);
