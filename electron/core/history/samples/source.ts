import { join } from 'node:path';
import type { StoreNotice } from '../../base/index.ts';
import { type Bucket, bucketTime, createBucket } from './bucket.ts';
import type { Visit } from './records.ts';
import { createRingFile, type RingFile } from './ring-file.ts';
import { seriesOf } from './series.ts';
import { layoutOf, type TierName, tierNames, tiers } from './tiers.ts';

/** The history of one GPU, or of the machine: raw samples, and buckets of ten seconds and of a minute. */
export interface Source {
  readonly name: string;
  /** `values` in the order of seriesOf(name); copied. */
  add(time: number, values: Float32Array): void;
  oldest(tier: TierName): number | null;
  next(tier: TierName, from: number): number | null;
  /** Visits each record that overlaps the range, including the open bucket; unordered. */
  visit(tier: TierName, from: number, to: number, visit: Visit): Promise<void>;
  /** Resolves when its files have been read; with a failing disk only the memory is used. */
  opened(): Promise<void>;
  /** Throws where the disk fails, after trying all files. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A GPU uuid as a reversible name for every file system; null where it is not a uuid. */
export const fileNameOf = (name: string): string | null =>
  /^[\x21-\x7e]{1,80}$/.test(name) ? encodeURIComponent(name).replaceAll('*', '%2A') : null;

/** The source of a file; null where the file is not ours. */
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

export function createSource(folder: string, name: string, notify: (notice: StoreNotice) => void): Source {
  const files = filesOf(folder, name);
  const rings = Object.fromEntries(
    tierNames.map((tier) => [tier, createRingFile(files[tier], layoutOf(name, tier), notify)]),
  ) as Record<TierName, RingFile>;
  const emptyBucket = (tier: Coarse) => createBucket(seriesOf(name), tiers[tier].bucketMs);
  /** The open buckets. Only closed buckets are written: after a kill `repair` rebuilds them from samples. */
  const buckets: Record<Coarse, Bucket> = { '10s': emptyBucket('10s'), '1m': emptyBucket('1m') };
  const repairs: Partial<Record<Coarse, Promise<void>>> = {};
  let changed = false;
  let flushing: Promise<unknown> = Promise.resolve();

  const end = (tier: Coarse, bucket: Bucket) => {
    if (bucket.time !== null) rings[tier].add(bucket.time, bucket.count, bucket.values());
    bucket.clear();
  };
  const inBucket = (tier: Coarse, bucket: Bucket, time: number, values: Float32Array) => {
    // Not "later than": a clock that was set back starts a new bucket too.
    if (bucket.time !== bucketTime(time, tiers[tier].bucketMs)) end(tier, bucket);
    bucket.add(time, values);
  };
  /**
   * Rebuilds the buckets that earlier sessions did not close from their samples. By number, not by time, because clocks are
   * set: the first samples of a bucket are those that were counted when it was written. Throws where the disk fails.
   */
  const repair = async (tier: Coarse) => {
    await Promise.all([rings.raw.opened(), rings[tier].opened()]);
    const { bucketMs } = tiers[tier];
    const length = seriesOf(name).length;
    const counted = new Map<number, number>();
    const from = bucketTime(rings.raw.oldest() ?? Number.POSITIVE_INFINITY, bucketMs);
    await rings[tier].earlier(from, (time, count) => void counted.set(time, (counted.get(time) ?? 0) + count));
    const found: { time: number; values: Float32Array }[] = [];
    await rings.raw.earlier(from, (time, _, values, base) => {
      const begin = bucketTime(time, bucketMs);
      const left = counted.get(begin) ?? 0;
      if (left > 0) counted.set(begin, left - 1);
      else found.push({ time, values: values.slice(base, base + length) });
    });
    const now = buckets[tier];
    // The last bucket stays open where none has started since; otherwise it is closed, so that the counts stay correct.
    const past = now.time === null ? now : emptyBucket(tier);
    for (const { time, values } of found) inBucket(tier, past, time, values);
    if (past !== now) end(tier, past);
  };
  const repaired = (tier: Coarse) => {
    // Once, unless the disk fails.
    repairs[tier] ??= repair(tier).catch((error) => {
      delete repairs[tier];
      throw error;
    });
    return repairs[tier];
  };
  const flushCoarse = async (tier: Coarse) => {
    // The flush of the samples reports an unreadable file.
    await repaired(tier).catch(() => undefined);
    await rings[tier].flush();
  };
  const openBucket = (tier: TierName) => (tier === 'raw' || buckets[tier].time === null ? null : buckets[tier]);
  const earliest = (tier: TierName, from: number, kept: number | null) => {
    const time = openBucket(tier)?.time ?? null;
    if (time === null || time < from) return kept;
    return Math.min(time, kept ?? time);
  };

  return {
    name,
    add(time, values) {
      changed = true;
      rings.raw.add(time, 1, values);
      for (const tier of coarse) inBucket(tier, buckets[tier], time, values);
    },
    oldest: (tier) => earliest(tier, Number.NEGATIVE_INFINITY, rings[tier].oldest()),
    next: (tier, from) => earliest(tier, from, rings[tier].next(from)),
    async visit(tier, from, to, visit) {
      // A bucket that begins before the range may overlap it.
      const begin = from - Math.max(0, tiers[tier].bucketMs - 1);
      const now = openBucket(tier);
      if (now?.time != null && now.time >= begin && now.time < to) visit(now.time, now.count, now.values(), 0);
      await rings[tier].visit(begin, to, visit);
    },
    async opened() {
      await Promise.allSettled([rings.raw.opened(), ...coarse.map(repaired)]);
    },
    async flush() {
      // The files of an absent GPU are not opened.
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
      // A waiting flush must not reopen a closed file.
      await flushing;
      await Promise.all(tierNames.map((tier) => rings[tier].close()));
    },
  };
}
