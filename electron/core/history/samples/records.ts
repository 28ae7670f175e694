import type { Layout } from './tiers.ts';

/**
 * A record in the byte order of the machine, which is little-endian wherever Headroom runs:
 *   u32 sequence number (from 1; 0: never written), u32 count of samples, f64 time, f32 values (NaN: none), u32 checksum.
 */
export interface Records {
  bytes: Uint8Array<ArrayBuffer>;
  words: Uint32Array;
  values: Float32Array;
  times: Float64Array;
}

export const makeRecords = (layout: Layout, capacity: number): Records =>
  recordsOf(new ArrayBuffer(layout.recordBytes * capacity));

const recordsOf = (buffer: ArrayBuffer): Records => ({
  bytes: new Uint8Array(buffer),
  words: new Uint32Array(buffer),
  values: new Float32Array(buffer),
  times: new Float64Array(buffer),
});

/** Bytes of one read. */
const CHUNK_BYTES = 512 * 2 ** 10;
let spare: Records | null = null;

/**
 * Lends a reusable buffer for reading a file: new buffers for each window would cause garbage collection. `use` gets the
 * number of records that fit.
 */
export async function withChunk<T>(layout: Layout, use: (records: Records, count: number) => Promise<T>): Promise<T> {
  const records = spare ?? recordsOf(new ArrayBuffer(CHUNK_BYTES));
  spare = null;
  try {
    return await use(records, Math.floor(CHUNK_BYTES / layout.recordBytes));
  } finally {
    spare = records;
  }
}

/** Visits one record: its values are values[base], ... in the order of the layout. */
export type Visit = (time: number, count: number, values: Float32Array, base: number) => void;

/** The offset of a record's values in words of four bytes. */
export const VALUES = 4;
export const wordsOf = (layout: Layout) => layout.recordBytes / 4;

export function checksum(words: Uint32Array, start: number, length: number): number {
  let sum = 0x811c9dc5;
  for (let i = start; i < start + length; i += 1) sum = Math.imul(sum ^ (words[i] as number), 0x01000193);
  return sum >>> 0;
}

/** Numbers a record and adds its checksum, which reveals records that a power failure truncated. */
export function seal(records: Records, layout: Layout, place: number, sequence: number): void {
  const length = wordsOf(layout);
  const start = place * length;
  records.words[start] = sequence;
  records.words[start + length - 1] = checksum(records.words, start, length - 1);
}

export function isSound(records: Records, layout: Layout, place: number): boolean {
  const length = wordsOf(layout);
  const start = place * length;
  const { words } = records;
  return (
    words[start] !== 0 &&
    words[start + 1] !== 0 &&
    Number.isFinite(records.times[(start + 2) / 2]) &&
    words[start + length - 1] === checksum(words, start, length - 1)
  );
}

export const timeAt = (records: Records, layout: Layout, place: number): number =>
  records.times[(place * wordsOf(layout) + 2) / 2] as number;
