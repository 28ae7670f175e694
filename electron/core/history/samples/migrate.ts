import { type FileHandle, open, rm } from 'node:fs/promises';
import { isSound, makeRecords, seal, VALUES, wordsOf } from './records.ts';
import { earlierLayoutOf, HEADER_BYTES, headerOf, type Layout } from './tiers.ts';

const RECORDS = 2_000;

/**
 * Copies a file that lacks the newest series, whose values are unknown in the copy, and returns the path of that, which
 * replaces the file once it is closed: Windows renames nothing over an open file. Null where it is another file. Throws
 * where the disk fails.
 */
export async function migrated(file: string, handle: FileHandle, layout: Layout): Promise<string | null> {
  const old = earlierLayoutOf(layout);
  if (!old) return null;
  const found = Buffer.alloc(HEADER_BYTES);
  await handle.read(found, 0, HEADER_BYTES, 0);
  if (!found.equals(headerOf(old))) return null;
  const temporary = `${file}.migrating`;
  await rm(temporary, { force: true });
  const target = await open(temporary, 'wx', 0o600);
  try {
    await target.write(headerOf(layout), 0, HEADER_BYTES, 0);
    for (let slot = 0; slot < old.capacity; slot += RECORDS) await copy(handle, target, { old, layout, slot });
    await target.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await target.close();
  }
  return temporary;
}

/** A damaged record becomes an empty one. */
async function copy(
  from: FileHandle,
  to: FileHandle,
  { old, layout, slot }: { old: Layout; layout: Layout; slot: number },
): Promise<void> {
  const count = Math.min(RECORDS, old.capacity - slot);
  const read = makeRecords(old, count);
  const { bytesRead } = await from.read(read.bytes, 0, read.bytes.length, HEADER_BYTES + slot * old.recordBytes);
  const whole = Math.floor(bytesRead / old.recordBytes);
  if (whole === 0) return;
  const written = makeRecords(layout, whole);
  const values = old.metrics.length * old.each;
  for (let place = 0; place < whole; place += 1) {
    const [source, target] = [place * wordsOf(old), place * wordsOf(layout)];
    if (!isSound(read, old, place)) continue;
    written.words.set(read.words.subarray(source, source + VALUES + values), target);
    const added = target + VALUES + values;
    written.values.fill(Number.NaN, added, added + layout.each);
    seal(written, layout, place, read.words[source] as number);
  }
  await to.write(written.bytes, 0, written.bytes.length, HEADER_BYTES + slot * layout.recordBytes);
}
