import { join } from 'node:path';
import type { StoreNotice } from '../settings/index.ts';
import { type Bucket, bucketTime, createBucket } from './bucket.ts';
import type { Visit } from './records.ts';
import { createRingFile, type RingFile } from './ring-file.ts';
import { seriesOf } from './series.ts';
import { layoutOf, type TierName, tierNames, tiers } from './tiers.ts';

/** Everything that is kept of one GPU, or of the machine: each sample, and what became of it in ten seconds and in a minute. */
export interface Source {
  readonly name: string;
  /** `figures` in the order of seriesOf(name); copied. */
  add(time: number, figures: Float32Array): void;
  oldest(tier: TierName): number | null;
  next(tier: TierName, from: number): number | null;
  /** Each record that reaches into the span, the bucket that is not over yet among them; in no order. */
  visit(tier: TierName, from: number, to: number, visit: Visit): Promise<void>;
  /** Resolves when its files have been read; a disk that fails leaves it with what is in memory. */
  opened(): Promise<void>;
  /** Fails as the disk does, when all of its files have been tried. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A GPU's uuid as a name that every file system takes, and that tells the uuid. Null where it is no uuid at all. */
export const fileNameOf = (name: string): string | null =>
  /^[\x21-\x7e]{1,80}$/.test(name) ? encodeURIComponent(name).replaceAll('*', '%2A') : null;

/** The source that a file is of; null where it is none of ours. */
export function sourceOfFile(file: string): string | null {
  const match = /^(.+)\.(?:raw|10s|1m)$/.exec(file);
  try {
    const name = match ? decodeURIComponent(match[1] as string) : null;
    return name !== null && `${fileNameOf(name)}` === match?.[1] ? name : null;
  } catch {
    return null;
  }
}

export const filesOf = (folder: string, name: string): Record<TierName, string> => {
  const file = (tier: TierName) => join(folder, `${fileNameOf(name)}.${tier}`);
  return { raw: file('raw'), '10s': file('10s'), '1m': file('1m') };
};

export function createSource(folder: string, name: string, tell: (notice: StoreNotice) => void): Source {
  const files = filesOf(folder, name);
  const rings = Object.fromEntries(
    tierNames.map((tier) => [tier, createRingFile(files[tier], layoutOf(name, tier), tell)]),
  ) as Record<TierName, RingFile>;
  const buckets: Partial<Record<TierName, Bucket>> = {
    '10s': createBucket(seriesOf(name), tiers['10s'].bucketMs),
    '1m': createBucket(seriesOf(name), tiers['1m'].bucketMs),
  };

  let changed = false;

  const inBucket = (tier: TierName, bucket: Bucket, time: number, figures: Float32Array) => {
    // Not "later": a clock that was set back begins a new one, too.
    if (bucket.time !== null && bucket.time !== bucketTime(time, tiers[tier].bucketMs)) {
      rings[tier].add(bucket.time, bucket.count, bucket.figures());
      bucket.clear();
    }
    bucket.add(time, figures);
  };
  const open = (tier: TierName) => {
    const bucket = buckets[tier];
    return bucket && bucket.time !== null
      ? { time: bucket.time, count: bucket.count, figures: bucket.figures() }
      : null;
  };
  const earliest = (tier: TierName, from: number, kept: number | null) => {
    const time = buckets[tier]?.time ?? null;
    if (time === null || time < from) return kept;
    return Math.min(time, kept ?? time);
  };

  return {
    name,
    add(time, figures) {
      changed = true;
      rings.raw.add(time, 1, figures);
      for (const tier of ['10s', '1m'] as const) inBucket(tier, buckets[tier] as Bucket, time, figures);
    },
    oldest: (tier) => earliest(tier, Number.NEGATIVE_INFINITY, rings[tier].oldest()),
    next: (tier, from) => earliest(tier, from, rings[tier].next(from)),
    async visit(tier, from, to, visit) {
      // A bucket that began before the span and reaches into it belongs to it.
      const begin = from - Math.max(0, tiers[tier].bucketMs - 1);
      const now = open(tier);
      if (now && now.time >= begin && now.time < to) visit(now.time, now.count, now.figures, 0);
      await rings[tier].visit(begin, to, visit);
    },
    async opened() {
      await Promise.allSettled(tierNames.map((tier) => rings[tier].opened()));
    },
    async flush() {
      // The files of a GPU that is not there any more are not even opened for it.
      if (!changed) return;
      changed = false;
      const done = await Promise.allSettled(tierNames.map((tier) => rings[tier].flush(() => open(tier))));
      const failed = done.find((one) => one.status === 'rejected');
      if (!failed) return;
      changed = true;
      throw failed.reason;
    },
    async close() {
      await Promise.all(tierNames.map((tier) => rings[tier].close()));
    },
  };
}
