import { appendFile, type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Lines of JSON in two files of bounded size: when the newer one is full it takes the place of the older. */
export interface LinesFile {
  /** Never fails: while the disk takes nothing, the newest wait in memory, and `trouble` tells why. */
  append(line: string): void;
  /** Each whole line, oldest first, a piece of the file at a time. */
  lines(): AsyncGenerator<string[]>;
  /** Resolves when everything is written. */
  written(): Promise<void>;
}

const PIECE_BYTES = 256 * 2 ** 10;
const MOST_WAITING = 200;
const LONGEST_LINE = 256 * 2 ** 10;

export function createLinesFile(file: string, fileBytes: number, trouble: (error: unknown) => void): LinesFile {
  const older = `${file}.1`;
  let size: number | null = null;
  let queue: Promise<void> = Promise.resolve();
  /** Not on the disk yet. */
  let waiting: string[] = [];

  const write = async (text: string) => {
    size ??= await begin(file);
    const bytes = Buffer.from(text);
    if (size > 0 && size + bytes.length > fileBytes) {
      await rename(file, older);
      size = 0;
    }
    await appendWhole(file, bytes, size);
    size += bytes.length;
  };
  const writeAll = async () => {
    while (waiting.length > 0) {
      const lines = waiting.splice(0, fitting(waiting, fileBytes));
      try {
        await write(lines.join(''));
      } catch (error) {
        // How much of it is there is not known.
        size = null;
        waiting = [...lines, ...waiting].slice(-MOST_WAITING);
        return trouble(error);
      }
    }
  };

  return {
    append(line) {
      if (line.length >= LONGEST_LINE) return;
      waiting.push(`${line}\n`);
      queue = queue.then(writeAll);
    },
    async *lines() {
      await queue;
      // Both before either is read: a rotation meanwhile must not show one of them twice.
      const handles = await Promise.all([older, file].map((one) => open(one, 'r').catch(() => null)));
      try {
        for (const handle of handles) if (handle) yield* linesOf(handle, fileBytes);
        yield waiting.map((line) => line.trimEnd());
      } finally {
        for (const handle of handles) await handle?.close();
      }
    },
    written() {
      queue = queue.then(writeAll);
      return queue;
    },
  };
}

/** The size so far. What a kill has cut off in mid-line is ended, so that it does not spoil the next line. */
async function begin(file: string): Promise<number> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return 0;
  const handle = await open(file, 'r');
  const last = Buffer.alloc(1);
  try {
    await handle.read(last, 0, 1, size - 1);
  } finally {
    await handle.close();
  }
  if (last.toString() === '\n') return size;
  await appendFile(file, '\n');
  return size + 1;
}

/** So many of the first lines go into one file; one at least. */
function fitting(lines: readonly string[], bytes: number): number {
  let left = bytes;
  const over = lines.findIndex((line) => {
    left -= Buffer.byteLength(line);
    return left < 0;
  });
  return over < 0 ? lines.length : Math.max(1, over);
}

/** All of it or nothing: what a full disk took of it is cut off again, since all of it comes once more. */
async function appendWhole(file: string, bytes: Buffer, size: number): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(bytes);
  } catch (error) {
    await handle.truncate(size).catch(() => undefined);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Of the last `most` bytes: a file that is longer was not written by us. */
async function* linesOf(handle: FileHandle, most: number): AsyncGenerator<string[]> {
  const { size } = await handle.stat();
  const piece = Buffer.alloc(PIECE_BYTES);
  // Bytes, not text: a character can lie across two pieces.
  let rest = Buffer.alloc(0);
  for (let position = Math.max(0, size - most); ; ) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const bytes = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.toString('utf8', 0, end - 1).split('\n');
  }
}

/** The time that such a line begins with, without reading the rest of it; null where it does not. */
export function timeOfLine(line: string): number | null {
  const match = /^\{"time":(\d{1,16}(?:\.\d{1,9})?)[,}]/.exec(line);
  return match ? Number(match[1]) : null;
}
