import { type FileHandle, open, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Sentence } from '#contract';
import { makeFolder, type StoreNotice } from '../../base/index.ts';
import { say } from '../sentences.ts';
import { quarantine } from './damaged-file.ts';
import { migrated } from './migrate.ts';
import { isSound, type Records, timeAt, withChunk, wordsOf } from './records.ts';
import { HEADER_BYTES, headerOf, type Layout } from './tiers.ts';

export interface OpenedRing {
  handle: FileHandle;
  /** The time of each slot; NaN where nothing is readable. */
  times: Float64Array;
  /** The sequence number of the newest record; 0: none. */
  head: number;
  notice: StoreNotice | null;
}

/** A power failure can truncate the records of one write: this few are not worth a notice. */
const MAX_TRUNCATED = 8;

/** Opens or creates the file; a file of another layout is renamed. Throws where the disk fails. */
export async function openRing(file: string, layout: Layout): Promise<OpenedRing> {
  await makeFolder(dirname(file));
  const handle = await openOrMake(file);
  try {
    const problem = await problemOf(handle, layout);
    if (problem === null) return await scan(handle, file, layout);
    const copy = await migrated(file, handle, layout);
    await handle.close();
    if (copy) {
      await rename(copy, file);
      return await openRing(file, layout);
    }
    const notice = await quarantine(file, problem);
    return { ...(await openRing(file, layout)), notice };
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

/** Not with 'a': Linux would ignore the write position. */
async function openOrMake(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(file, 'wx+', 0o600);
  }
}

async function problemOf(handle: FileHandle, layout: Layout): Promise<Sentence | null> {
  const { size } = await handle.stat();
  const header = headerOf(layout);
  if (size === 0) {
    await handle.write(header, 0, HEADER_BYTES, 0);
    return null;
  }
  const found = Buffer.alloc(HEADER_BYTES);
  await handle.read(found, 0, HEADER_BYTES, 0);
  if (!found.equals(header)) return say('otherVersion');
  return size > HEADER_BYTES + layout.capacity * layout.recordBytes ? say('tooLong') : null;
}

async function scan(handle: FileHandle, file: string, layout: Layout): Promise<OpenedRing> {
  const { capacity, held } = layout;
  const times = new Float64Array(capacity).fill(Number.NaN);
  const sequences = new Uint32Array(capacity);
  let damagedRecords = 0;
  await withChunk(layout, async (records, most) => {
    for (let slot = 0; slot < capacity; slot += most) {
      const count = await readSlots(handle, records, layout, slot, Math.min(most, capacity - slot));
      for (let place = 0; place < count; place += 1) {
        const sequence = records.words[place * wordsOf(layout)] as number;
        // The slot follows from the sequence number: a record elsewhere is not ours.
        if (isSound(records, layout, place) && (sequence - 1) % capacity === slot + place) {
          times[slot + place] = timeAt(records, layout, place);
          sequences[slot + place] = sequence;
        } else if (sequence !== 0) damagedRecords += 1;
      }
    }
  });
  const head = sequences.reduce((largest, sequence) => Math.max(largest, sequence), 0);
  for (const [slot, sequence] of sequences.entries()) if (sequence + held <= head) times[slot] = Number.NaN;
  return { handle, times, head, notice: damagedRecords > MAX_TRUNCATED ? damagedNotice(file, damagedRecords) : null };
}

/** Reads up to `count` records into the beginning of `records`; returns how many the file has. */
export async function readSlots(
  handle: FileHandle,
  records: Records,
  layout: Layout,
  slot: number,
  count: number,
): Promise<number> {
  const { recordBytes } = layout;
  const { bytesRead } = await handle.read(records.bytes, 0, count * recordBytes, HEADER_BYTES + slot * recordBytes);
  return Math.floor(bytesRead / recordBytes);
}

const damagedNotice = (file: string, count: number): StoreNotice => ({
  level: 'warning',
  code: 'history_damaged',
  sentence: say('recordsDamaged', { count, file: basename(file) }),
});
