import { gpuSeries, hostSeries } from '#contract';
import { seriesOf } from './series.ts';

export const tierNames = ['raw', '10s', '1m'] as const;
export type TierName = (typeof tierNames)[number];

/**
 * The oldest records of a ring become unreadable before they are overwritten, so that a read never meets a write: a read
 * takes milliseconds, and writing this many records takes more than a minute.
 */
const GUARD = 200;

/**
 * `held` records are readable. They are more than the retention needs, because a restart splits a bucket in two, and two
 * streams overlap when the polling interval changes.
 */
export const tiers = {
  /** Every sample: an hour at two per second, longer at slower polling intervals. */
  raw: { bucketMs: 0, held: 7_200 + 240 },
  /** A day. */
  '10s': { bucketMs: 10_000, held: 8_640 + 160 },
  /** 30 days. */
  '1m': { bucketMs: 60_000, held: 43_200 + 600 },
} as const satisfies Record<TierName, { bucketMs: number; held: number }>;

/** The layout of one file: fixed-size records of one source in one tier. */
export interface Layout {
  source: string;
  tier: TierName;
  metrics: readonly string[];
  /** Values per metric: one, or minimum, maximum and mean. */
  each: 1 | 3;
  held: number;
  capacity: number;
  recordBytes: number;
}

export const HEADER_BYTES = 1_024;

/** Sequence number, count and time, the values, a checksum; aligned to eight bytes for the times. */
const recordBytes = (values: number) => Math.ceil((16 + 4 * values + 4) / 8) * 8;

export function layoutOf(source: string, tier: TierName): Layout {
  const metrics = seriesOf(source);
  const { held } = tiers[tier];
  const each = tier === 'raw' ? 1 : 3;
  return { source, tier, metrics, each, held, capacity: held + GUARD, recordBytes: recordBytes(metrics.length * each) };
}

/** How the file was laid out before the limit in force became the last series of a GPU; null: never another way. */
export function earlierLayoutOf(layout: Layout): Layout | null {
  const { metrics, each } = layout;
  if (metrics.at(-1) !== 'limitMiB') return null;
  const before = metrics.slice(0, -1);
  return { ...layout, metrics: before, recordBytes: recordBytes(before.length * each) };
}

export function headerOf({ source, tier, metrics, each, capacity, recordBytes: bytes }: Layout): Buffer {
  const header = { format: 'headroom-history', version: 1, source, tier, metrics, each, capacity, recordBytes: bytes };
  const text = Buffer.alloc(HEADER_BYTES, ' ');
  text.write(JSON.stringify(header));
  text.write('\n', HEADER_BYTES - 1);
  return text;
}

const bytesOf = (metrics: number) =>
  tierNames.reduce((sum, tier) => {
    const bytes = recordBytes(metrics * (tier === 'raw' ? 1 : 3));
    return sum + HEADER_BYTES + (tiers[tier].held + GUARD) * bytes;
  }, 0);

/** The maximum size of the files of one GPU, and of the machine. */
export const GPU_BYTES = bytesOf(gpuSeries.length);
export const HOST_BYTES = bytesOf(hostSeries.length);
