import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { isSound, makeRecords, seal, VALUES, wordsOf } from './records.ts';
import { earlierLayoutOf, HEADER_BYTES, headerOf, type Layout } from './tiers.ts';

const RECORDS = 2_000;

/**
 * Rewrites a file that lacks the newest series, whose values are unknown there. Returns false where it is another file. A kill
 * leaves the old file as it was. Throws where the disk fails.
 */
export async function migrate(file: string, handle: FileHandle, layout: Layout): Promise<boolean> {
  const old = earlierLayoutOf(layout);
  if (!old) return false;
  const found = Buffer.alloc(HEADER_BYTES);
  await handle.read(found, 0, HEADER_BYTES, 0);
  if (!found.equals(headerOf(old))) return false;
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
  await rename(temporary, file);
  return true;
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
