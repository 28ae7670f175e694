import { appendFile, mkdir, open, rename, stat } from 'node:fs/promises';
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
/** Together less than a file, also with three bytes a character. */
const MOST_WAITING = 200;
const LONGEST_LINE = 64 * 2 ** 10;

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
    await appendFile(file, bytes, { mode: 0o600 });
    size += bytes.length;
  };
  const writeAll = async () => {
    const lines = waiting;
    waiting = [];
    try {
      if (lines.length > 0) await write(lines.join(''));
    } catch (error) {
      // How much of it is there is not known.
      size = null;
      waiting = [...lines, ...waiting].slice(-MOST_WAITING);
      trouble(error);
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
        for (const handle of handles) if (handle) yield* linesOf(handle);
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

async function* linesOf(handle: Awaited<ReturnType<typeof open>>): AsyncGenerator<string[]> {
  const piece = Buffer.alloc(PIECE_BYTES);
  // Bytes, not text: a character can lie across two pieces.
  let rest = Buffer.alloc(0);
  for (let position = 0; ; ) {
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
