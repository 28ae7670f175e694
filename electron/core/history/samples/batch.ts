import { makeRecords, type Records, seal, timeAt, VALUES, type Visit, wordsOf } from './records.ts';
import type { Layout } from './tiers.ts';

/** Records that are not on disk yet, oldest first. */
export interface Batch {
  readonly size: number;
  add(time: number, count: number, values: Float32Array): void;
  addTo(other: Batch): void;
  clear(): void;
  timeAt(place: number): number;
  visit(from: number, to: number, visit: Visit): void;
  /** Numbers and seals all records from `first` on. */
  seal(first: number): void;
  /** The bytes of `length` records from `place` on. */
  bytes(place: number, length: number): Uint8Array<ArrayBuffer>;
}

const INITIAL = 32;
const LARGE = 512;

/**
 * Grows up to `maxRecords`, then drops the oldest: a failing disk must not exhaust memory.
 */
export function createBatch(layout: Layout, maxRecords: number): Batch {
  const length = wordsOf(layout);
  let capacity = INITIAL;
  let records: Records = makeRecords(layout, capacity);
  let size = 0;

  const grow = () => {
    capacity = Math.min(maxRecords, capacity * 2);
    const larger = makeRecords(layout, capacity);
    larger.bytes.set(records.bytes);
    records = larger;
  };
  const makeRoom = () => {
    if (size < capacity) return;
    if (capacity < maxRecords) return grow();
    // A quarter at once: dropping one by one would move everything each time.
    const dropped = Math.ceil(maxRecords / 4);
    records.words.copyWithin(0, dropped * length);
    size -= dropped;
  };
  const add: Batch['add'] = (time, count, values) => {
    makeRoom();
    const start = size * length;
    records.words[start] = 0;
    records.words[start + 1] = count;
    records.times[(start + 2) / 2] = time;
    records.values.set(values, start + VALUES);
    size += 1;
  };
  const visit: Batch['visit'] = (from, to, take) => {
    for (let place = 0; place < size; place += 1) {
      const time = timeAt(records, layout, place);
      const start = place * length;
      if (time >= from && time < to) take(time, records.words[start + 1] as number, records.values, start + VALUES);
    }
  };
  return {
    get size() {
      return size;
    },
    add,
    addTo(other) {
      const values = layout.metrics.length * layout.each;
      visit(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, (time, count, all, base) =>
        other.add(time, count, all.subarray(base, base + values)),
      );
    },
    clear() {
      size = 0;
      // Frees the memory that a disk failure has used.
      if (capacity <= LARGE) return;
      capacity = INITIAL;
      records = makeRecords(layout, capacity);
    },
    timeAt: (place) => timeAt(records, layout, place),
    visit,
    seal(first) {
      for (let place = 0; place < size; place += 1) seal(records, layout, place, first + place);
    },
    bytes: (place, count) => records.bytes.subarray(place * layout.recordBytes, (place + count) * layout.recordBytes),
  };
}
