import { appendFile, type FileHandle, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/index.ts';

/** Lines of JSON in two files of bounded size: when the newer one is full, it replaces the older one. */
interface LinesFile {
  /** Never throws: while the disk fails, the newest lines wait in memory, and `onFailure` gets the error. */
  append(line: string): void;
  /** Each complete line, oldest first, a piece of the file at a time. */
  lines(): AsyncGenerator<string[]>;
  /** Resolves when everything is written. */
  written(): Promise<void>;
}

const PIECE_BYTES = 256 * 2 ** 10;
const MAX_WAITING = 200;
const MAX_LINE = 256 * 2 ** 10;

export function createLinesFile(file: string, fileBytes: number, onFailure: (error: unknown) => void): LinesFile {
  const older = `${file}.1`;
  let size: number | null = null;
  let queue: Promise<void> = Promise.resolve();
  /** Lines that are not on disk yet. */
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
        // The size of the file is unknown now.
        size = null;
        waiting = [...lines, ...waiting].slice(-MAX_WAITING);
        return onFailure(error);
      }
    }
  };

  return {
    append(line) {
      if (line.length >= MAX_LINE) return;
      waiting.push(`${line}\n`);
      queue = queue.then(writeAll);
    },
    async *lines() {
      await queue;
      // Both are opened before either is read: a rotation meanwhile must not return lines twice.
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

/** The size so far. Ends a line that a kill truncated, so that it does not corrupt the next one. */
async function begin(file: string): Promise<number> {
  await makeFolder(dirname(file));
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

/** How many of the first lines fit into one file; at least one. */
function fitting(lines: readonly string[], bytes: number): number {
  let left = bytes;
  const over = lines.findIndex((line) => {
    left -= Buffer.byteLength(line);
    return left < 0;
  });
  return over < 0 ? lines.length : Math.max(1, over);
}

/** All or nothing: what a full disk accepted is truncated again, because all of it is retried. */
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

/** Reads the last `maxBytes`: a longer file is not ours. */
async function* linesOf(handle: FileHandle, maxBytes: number): AsyncGenerator<string[]> {
  const { size } = await handle.stat();
  const piece = Buffer.alloc(PIECE_BYTES);
  // Bytes, not text: a character can be split between two pieces.
  let rest = Buffer.alloc(0);
  for (let position = Math.max(0, size - maxBytes); ; ) {
    const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const bytes = Buffer.concat([rest, piece.subarray(0, bytesRead)]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    rest = bytes.subarray(end);
    if (end > 0) yield bytes.toString('utf8', 0, end - 1).split('\n');
  }
}

/** The time at the beginning of such a line, without parsing the rest; null where there is none. */
export function timeOfLine(line: string): number | null {
  const match = /^\{"time":(\d{1,16}(?:\.\d{1,9})?)[,}]/.exec(line);
  return match ? Number(match[1]) : null;
}
