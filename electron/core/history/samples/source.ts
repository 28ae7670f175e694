import { join } from 'node:path';
import type { StoreNotice } from '../../base/index.ts';
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

type Coarse = Exclude<TierName, 'raw'>;
const coarse = ['10s', '1m'] as const satisfies Coarse[];

export function createSource(folder: string, name: string, tell: (notice: StoreNotice) => void): Source {
  const files = filesOf(folder, name);
  const rings = Object.fromEntries(
    tierNames.map((tier) => [tier, createRingFile(files[tier], layoutOf(name, tier), tell)]),
  ) as Record<TierName, RingFile>;
  const emptyBucket = (tier: Coarse) => createBucket(seriesOf(name), tiers[tier].bucketMs);
  /** Those that are not over yet. Only what is over is written: a kill costs them nothing, see `mend`. */
  const buckets: Record<Coarse, Bucket> = { '10s': emptyBucket('10s'), '1m': emptyBucket('1m') };
  const mending: Partial<Record<Coarse, Promise<void>>> = {};
  let changed = false;
  let flushing: Promise<unknown> = Promise.resolve();

  const end = (tier: Coarse, bucket: Bucket) => {
    if (bucket.time !== null) rings[tier].add(bucket.time, bucket.count, bucket.figures());
    bucket.clear();
  };
  const inBucket = (tier: Coarse, bucket: Bucket, time: number, figures: Float32Array) => {
    // Not "later": a clock that was set back begins a new one, too.
    if (bucket.time !== bucketTime(time, tiers[tier].bucketMs)) end(tier, bucket);
    bucket.add(time, figures);
  };
  /**
   * Makes the buckets that earlier sessions have not ended again, from their samples. By number, not by time, for clocks are
   * set: the first samples of a bucket are those that were counted when it was written. Fails as the disk does.
   */
  const mend = async (tier: Coarse) => {
    await Promise.all([rings.raw.opened(), rings[tier].opened()]);
    const { bucketMs } = tiers[tier];
    const length = seriesOf(name).length;
    const counted = new Map<number, number>();
    const from = bucketTime(rings.raw.oldest() ?? Number.POSITIVE_INFINITY, bucketMs);
    await rings[tier].earlier(from, (time, count) => void counted.set(time, (counted.get(time) ?? 0) + count));
    const found: { time: number; figures: Float32Array }[] = [];
    await rings.raw.earlier(from, (time, _, figures, base) => {
      const begin = bucketTime(time, bucketMs);
      const left = counted.get(begin) ?? 0;
      if (left > 0) counted.set(begin, left - 1);
      else found.push({ time, figures: figures.slice(base, base + length) });
    });
    const now = buckets[tier];
    // The last of them goes on where nothing has begun since; else it is a record of its own, so that numbers stay true.
    const past = now.time === null ? now : emptyBucket(tier);
    for (const { time, figures } of found) inBucket(tier, past, time, figures);
    if (past !== now) end(tier, past);
  };
  const mended = (tier: Coarse) => {
    // Once, unless the disk failed.
    mending[tier] ??= mend(tier).catch((error) => {
      delete mending[tier];
      throw error;
    });
    return mending[tier];
  };
  const flushCoarse = async (tier: Coarse) => {
    // A file of samples that cannot be read is told of by its own flush.
    await mended(tier).catch(() => undefined);
    await rings[tier].flush();
  };
  const openOne = (tier: TierName) => (tier === 'raw' || buckets[tier].time === null ? null : buckets[tier]);
  const earliest = (tier: TierName, from: number, kept: number | null) => {
    const time = openOne(tier)?.time ?? null;
    if (time === null || time < from) return kept;
    return Math.min(time, kept ?? time);
  };

  return {
    name,
    add(time, figures) {
      changed = true;
      rings.raw.add(time, 1, figures);
      for (const tier of coarse) inBucket(tier, buckets[tier], time, figures);
    },
    oldest: (tier) => earliest(tier, Number.NEGATIVE_INFINITY, rings[tier].oldest()),
    next: (tier, from) => earliest(tier, from, rings[tier].next(from)),
    async visit(tier, from, to, visit) {
      // A bucket that began before the span and reaches into it belongs to it.
      const begin = from - Math.max(0, tiers[tier].bucketMs - 1);
      const now = openOne(tier);
      if (now?.time != null && now.time >= begin && now.time < to) visit(now.time, now.count, now.figures(), 0);
      await rings[tier].visit(begin, to, visit);
    },
    async opened() {
      await Promise.allSettled([rings.raw.opened(), ...coarse.map(mended)]);
    },
    async flush() {
      // The files of a GPU that is not there any more are not even opened for it.
      if (!changed) return;
      changed = false;
      const all = Promise.allSettled([rings.raw.flush(), ...coarse.map(flushCoarse)]);
      flushing = all;
      const done = await all;
      const failed = done.find((one) => one.status === 'rejected');
      if (!failed) return;
      changed = true;
      throw failed.reason;
    },
    async close() {
      // A file that was closed must not be opened again by what still waits for its turn.
      await flushing;
      await Promise.all(tierNames.map((tier) => rings[tier].close()));
    },
  };
}
