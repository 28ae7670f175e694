import type { FileHandle } from 'node:fs/promises';
import type { StoreNotice } from '../../base/index.ts';
import { createBatch } from './batch.ts';
import { FIGURES, timeAt, type Visit, withChunk, wordsOf } from './records.ts';
import { type OpenedRing, openRing, readSlots } from './ring-open.ts';
import { HEADER_BYTES, type Layout } from './tiers.ts';

/*
 * Why not a database: what is kept is one kind of row, written in order, dropped by age, and read by a span of time.
 * Here that is a position in a file: writing is one pwrite, dropping is writing over, reading is a pread, the size is a
 * product of three numbers, and a kill at any moment leaves whole records. SQLite would bring a native module, or one that
 * Node 20 does not have, with vacuuming, a journal and a page cache to bound.
 */

/**
 * One source in one tier: a file of fixed-size records, written round and round. Only the times are kept in memory.
 * Records wait in memory until a flush, and for as long as the disk takes nothing (the newest of them).
 */
export interface RingFile {
  add(time: number, count: number, figures: Float32Array): void;
  /** Writes what waits, in one write (two where the ring begins anew). */
  flush(): Promise<void>;
  /** Unix milliseconds; null where nothing is kept. */
  oldest(): number | null;
  /** The earliest time from `from` on; null where there is none. */
  next(from: number): number | null;
  /** Each record with a time from `from` on and before `to`, in no order; none twice, whatever is written meanwhile. */
  visit(from: number, to: number, visit: Visit): Promise<void>;
  /** As visit, of what lay there when the file was opened, in the order in which it was written; nothing until then. */
  earlier(from: number, visit: Visit): Promise<void>;
  /** Resolves when the file has been read for the first time; fails as the disk does. */
  opened(): Promise<void>;
  close(): Promise<void>;
}

/** Half an hour at two a second, ten hours, two and a half days. */
const WAITING = 3_600;

export function createRingFile(file: string, layout: Layout, tell: (notice: StoreNotice) => void): RingFile {
  const { capacity, held, recordBytes } = layout;
  let ring: OpenedRing | null = null;
  /** The sequence of the newest record that an earlier session has left. */
  let left = 0;
  let opening: Promise<OpenedRing> | null = null;
  let waiting = createBatch(layout, WAITING);
  /** What is on its way to the disk. */
  let writing = createBatch(layout, WAITING);
  let flushing: Promise<void> | null = null;

  const opened = async (): Promise<OpenedRing> => {
    if (ring) return ring;
    opening ??= openRing(file, layout).finally(() => {
      opening = null;
    });
    const found = await opening;
    if (ring) return ring;
    if (found.notice) tell(found.notice);
    left = found.head;
    ring = found;
    return ring;
  };
  const written = (to: OpenedRing) => {
    for (let place = 0; place < writing.size; place += 1) {
      to.times[to.head % capacity] = writing.timeAt(place);
      to.head += 1;
      // Out of reach from now on. Slots of numbers below 1 are empty ones: nothing is lost there.
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
  /** The disk took nothing: what was meant for it waits again, before what has come meanwhile. */
  const restore = () => {
    const later = waiting;
    waiting = createBatch(layout, WAITING);
    writing.addTo(waiting);
    later.addTo(waiting);
    writing = createBatch(layout, WAITING);
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
    add: (time, count, figures) => waiting.add(time, count, figures),
    flush() {
      const after = (flushing ?? Promise.resolve()).catch(() => undefined).then(write);
      flushing = after;
      return after;
    },
    oldest: () => next(Number.NEGATIVE_INFINITY),
    next,
    async visit(from, to, visit) {
      // At once and together, so that what a flush moves from one to the other meanwhile is seen once.
      inMemory(from, to, visit);
      if (!ring) return;
      const { handle, head } = ring;
      for (const [slot, count] of [...stretches(ring.times, from, to)]) await read(handle, head, slot, count, visit);
    },
    async earlier(from, visit) {
      if (!ring) return;
      const { handle, times } = ring;
      // Behind the newest lies the oldest.
      const turn = left % capacity;
      for (const [begin, end] of [
        [turn, capacity],
        [0, turn],
      ] as const)
        for (const [slot, count] of [...stretches(times.subarray(begin, end), from, Number.POSITIVE_INFINITY)])
          await read(handle, left, begin + slot, count, visit);
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
          // Newer than what was there when the reading began: it has been visited in memory.
          if ((records.words[start] as number) > head) continue;
          visit(timeAt(records, layout, place), records.words[start + 1] as number, records.figures, start + FIGURES);
        }
      }
    });
  }
}

/** A bare loop: it is asked of 60,000 times for each window. */
function earliestIn(times: Float64Array, from: number): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (let slot = 0; slot < times.length; slot += 1) {
    const time = times[slot] as number;
    if (time >= from && time < earliest) earliest = time;
  }
  return earliest;
}

/** Slots that follow each other and lie within the span: where they begin, and how many. */
function* stretches(times: Float64Array, from: number, to: number): Generator<[slot: number, count: number]> {
  let begin = -1;
  for (let slot = 0; slot <= times.length; slot += 1) {
    // Beyond the end, and where nothing is, the comparison fails as it should.
    const time = times[slot] as number;
    if (time >= from && time < to) {
      if (begin < 0) begin = slot;
    } else if (begin >= 0) {
      yield [begin, slot - begin];
      begin = -1;
    }
  }
}

/** A full disk can take the first half of a write before it refuses the rest. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
