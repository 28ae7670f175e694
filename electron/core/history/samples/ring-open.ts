import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { verbatim } from '#contract';
import type { StoreNotice } from '../../base/index.ts';
import { setAside } from './damaged-file.ts';
import { isSound, type Records, timeAt, withChunk, wordsOf } from './records.ts';
import { HEADER_BYTES, type Layout } from './tiers.ts';

export interface OpenedRing {
  handle: FileHandle;
  /** Of each slot; NaN where nothing can be read. */
  times: Float64Array;
  /** The sequence of the newest record; 0: there is none. */
  head: number;
  notice: StoreNotice | null;
}

/** Records that a power cut can tear, as one write holds them, and that nobody needs to be told of. */
const TORN = 8;

const headerOf = ({ source, tier, metrics, each, capacity, recordBytes }: Layout): Buffer => {
  const told = { format: 'headroom-history', version: 1, source, tier, metrics, each, capacity, recordBytes };
  const header = Buffer.alloc(HEADER_BYTES, ' ');
  header.write(JSON.stringify(told));
  header.write('\n', HEADER_BYTES - 1);
  return header;
};

/** Opens the file, or begins one; what is not one of this layout is set aside. Fails as the disk does. */
export async function openRing(file: string, layout: Layout): Promise<OpenedRing> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await openOrMake(file);
  try {
    const problem = await problemOf(handle, layout);
    if (problem === null) return await scan(handle, file, layout);
    await handle.close();
    const notice = await setAside(file, problem);
    return { ...(await openRing(file, layout)), notice };
  } catch (error) {
    await handle.close().catch(() => undefined);
    throw error;
  }
}

/** Not with 'a': Linux appends there whatever the position. */
async function openOrMake(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return open(file, 'wx+', 0o600);
  }
}

async function problemOf(handle: FileHandle, layout: Layout): Promise<string | null> {
  const { size } = await handle.stat();
  const header = headerOf(layout);
  if (size === 0) {
    await handle.write(header, 0, HEADER_BYTES, 0);
    return null;
  }
  const found = Buffer.alloc(HEADER_BYTES);
  await handle.read(found, 0, HEADER_BYTES, 0);
  if (!found.equals(header)) return 'is not one that this version of Headroom writes';
  return size > HEADER_BYTES + layout.capacity * layout.recordBytes ? 'is longer than it can be' : null;
}

async function scan(handle: FileHandle, file: string, layout: Layout): Promise<OpenedRing> {
  const { capacity, held } = layout;
  const times = new Float64Array(capacity).fill(Number.NaN);
  const sequences = new Uint32Array(capacity);
  let bad = 0;
  await withChunk(layout, async (records, most) => {
    for (let slot = 0; slot < capacity; slot += most) {
      const count = await readSlots(handle, records, layout, slot, Math.min(most, capacity - slot));
      for (let place = 0; place < count; place += 1) {
        const sequence = records.words[place * wordsOf(layout)] as number;
        // A record's place follows from its number: one that lies elsewhere was not written by us.
        if (isSound(records, layout, place) && (sequence - 1) % capacity === slot + place) {
          times[slot + place] = timeAt(records, layout, place);
          sequences[slot + place] = sequence;
        } else if (sequence !== 0) bad += 1;
      }
    }
  });
  const head = sequences.reduce((largest, sequence) => Math.max(largest, sequence), 0);
  for (const [slot, sequence] of sequences.entries()) if (sequence + held <= head) times[slot] = Number.NaN;
  return { handle, times, head, notice: bad > TORN ? damaged(file, bad) : null };
}

/** Reads so many records into the beginning of `records`; fewer where the file ends before. Answers how many. */
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

const damaged = (file: string, bad: number): StoreNotice => ({
  level: 'warning',
  code: 'history_damaged',
  sentence: verbatim(
    `${bad} records of ${basename(file)} in the history were damaged and are left out; the others are kept.`,
  ),
});
