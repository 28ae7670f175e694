import type { FileHandle } from 'node:fs/promises';
import type { StoreNotice } from '../../base/index.ts';
import { createBatch } from './batch.ts';
import { timeAt, VALUES, type Visit, withChunk, wordsOf } from './records.ts';
import { type OpenedRing, openRing, readSlots } from './ring-open.ts';
import { HEADER_BYTES, type Layout } from './tiers.ts';

/*
 * Why not a database: the history is one kind of row, written in order, dropped by age, and read by time range. In a ring
 * file, writing is one pwrite, dropping is overwriting, reading is a pread, the size is fixed, and a kill at any moment
 * leaves complete records. SQLite would need a native module (Node 20 has none), vacuuming, a journal and a page cache.
 */

/**
 * One source in one tier: a ring file of fixed-size records. Only their times are in memory. New records wait in memory
 * for a flush, and the newest of them for as long as the disk fails.
 */
export interface RingFile {
  add(time: number, count: number, values: Float32Array): void;
  /** Writes the waiting records in one write (two where the ring wraps). */
  flush(): Promise<void>;
  /** Unix milliseconds; null where it is empty. */
  oldest(): number | null;
  /** The earliest time from `from` on; null where there is none. */
  next(from: number): number | null;
  /** Visits each record in [from, to) once, unordered, also during writes. */
  visit(from: number, to: number, visit: Visit): Promise<void>;
  /** Visits the records that were there when the file was opened, in write order; none before that. */
  earlier(from: number, visit: Visit): Promise<void>;
  /** Resolves when the file has been read for the first time; throws where the disk fails. */
  opened(): Promise<void>;
  close(): Promise<void>;
}

/** Waiting records: half an hour at two per second, ten hours, two and a half days. */
const MAX_WAITING = 3_600;

export function createRingFile(file: string, layout: Layout, notify: (notice: StoreNotice) => void): RingFile {
  const { capacity, held, recordBytes } = layout;
  let ring: OpenedRing | null = null;
  /** The sequence number of the newest record of earlier sessions. */
  let earlierHead = 0;
  let opening: Promise<OpenedRing> | null = null;
  let waiting = createBatch(layout, MAX_WAITING);
  /** The records of the current write. */
  let writing = createBatch(layout, MAX_WAITING);
  let flushing: Promise<void> | null = null;

  const opened = async (): Promise<OpenedRing> => {
    if (ring) return ring;
    opening ??= openRing(file, layout).finally(() => {
      opening = null;
    });
    const found = await opening;
    if (ring) return ring;
    if (found.notice) notify(found.notice);
    earlierHead = found.head;
    ring = found;
    return ring;
  };
  const written = (to: OpenedRing) => {
    for (let place = 0; place < writing.size; place += 1) {
      to.times[to.head % capacity] = writing.timeAt(place);
      to.head += 1;
      // No longer readable. Slots with sequence numbers below 1 are empty.
      to.times[(((to.head - held - 1) % capacity) + capacity) % capacity] = Number.NaN;
    }
  };
  const write = async () => {
    const to = await opened();
    [waiting, writing] = [writing, waiting];
    if (writing.size === 0) return;
    writing.seal(to.head + 1);
    try {
      await put(to, writing.size);
    } catch (error) {
      restore();
      throw error;
    }
    written(to);
    writing.clear();
  };
  const put = async ({ handle, head }: OpenedRing, size: number) => {
    const slot = head % capacity;
    const first = Math.min(size, capacity - slot);
    await writeAll(handle, writing.bytes(0, first), HEADER_BYTES + slot * recordBytes);
    if (first < size) await writeAll(handle, writing.bytes(first, size - first), HEADER_BYTES);
  };
  /** After a failed write its records wait again, before the newer ones. */
  const restore = () => {
    const later = waiting;
    waiting = createBatch(layout, MAX_WAITING);
    writing.addTo(waiting);
    later.addTo(waiting);
    writing = createBatch(layout, MAX_WAITING);
  };

  const inMemory = (from: number, to: number, visit: Visit) => {
    writing.visit(from, to, visit);
    waiting.visit(from, to, visit);
  };
  const next = (from: number): number | null => {
    let earliest = ring ? earliestIn(ring.times, from) : Number.POSITIVE_INFINITY;
    inMemory(from, Number.POSITIVE_INFINITY, (time) => {
      earliest = Math.min(earliest, time);
    });
    return earliest === Number.POSITIVE_INFINITY ? null : earliest;
  };

  return {
    add: (time, count, values) => waiting.add(time, count, values),
    flush() {
      const after = (flushing ?? Promise.resolve()).catch(() => undefined).then(write);
      flushing = after;
      return after;
    },
    oldest: () => next(Number.NEGATIVE_INFINITY),
    next,
    async visit(from, to, visit) {
      // Synchronously, so that records that a flush moves meanwhile are visited once.
      inMemory(from, to, visit);
      if (!ring) return;
      const { handle, head } = ring;
      for (const [slot, count] of [...slotRuns(ring.times, from, to)]) await read(handle, head, slot, count, visit);
    },
    async earlier(from, visit) {
      if (!ring) return;
      const { handle, times } = ring;
      // The oldest record follows the newest.
      const turn = earlierHead % capacity;
      for (const [begin, end] of [
        [turn, capacity],
        [0, turn],
      ] as const)
        for (const [slot, count] of [...slotRuns(times.subarray(begin, end), from, Number.POSITIVE_INFINITY)])
          await read(handle, earlierHead, begin + slot, count, visit);
    },
    async opened() {
      await opened();
    },
    async close() {
      await flushing?.catch(() => undefined);
      await (ring ?? (await opening?.catch(() => null)))?.handle.close();
      ring = null;
    },
  };

  function read(handle: FileHandle, head: number, begin: number, count: number, visit: Visit) {
    return withChunk(layout, async (records, most) => {
      for (let slot = begin; slot < begin + count; slot += most) {
        const found = await readSlots(handle, records, layout, slot, Math.min(most, begin + count - slot));
        for (let place = 0; place < found; place += 1) {
          const start = place * wordsOf(layout);
          // Newer than the start of the read: already visited in memory.
          if ((records.words[start] as number) > head) continue;
          visit(timeAt(records, layout, place), records.words[start + 1] as number, records.values, start + VALUES);
        }
      }
    });
  }
}

/** A plain loop: each window searches 60,000 times. */
function earliestIn(times: Float64Array, from: number): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (let slot = 0; slot < times.length; slot += 1) {
    const time = times[slot] as number;
    if (time >= from && time < earliest) earliest = time;
  }
  return earliest;
}

/** Runs of consecutive slots within the time range. */
function* slotRuns(times: Float64Array, from: number, to: number): Generator<[slot: number, count: number]> {
  let begin = -1;
  for (let slot = 0; slot <= times.length; slot += 1) {
    // The comparison is false beyond the end and for empty slots.
    const time = times[slot] as number;
    if (time >= from && time < to) {
      if (begin < 0) begin = slot;
    } else if (begin >= 0) {
      yield [begin, slot - begin];
      begin = -1;
    }
  }
}

/** A full disk may accept only a part of a write. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
