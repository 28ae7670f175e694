import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const FILES = 5;
const FILE_BYTES = 10 * 2 ** 20;
/** Characters that wait for the disk: above the first the source is asked to wait, below the second it may go on. */
const MANY = 2 * 2 ** 20;
const FEW = MANY / 4;
/** How long a disk that takes nothing may hold up the backend, which answers no call while it waits to print. */
const PATIENCE_MS = 2_000;
/** Characters of one write; a file is at most this much short of its size. */
const PIECE = 256 * 2 ** 10;
/** Of a piece with a remark before it; a character of two bytes in memory has three at most in the file. */
const LONGEST_BYTES = 3 * (PIECE + 256);

export interface LogFile {
  /** Takes text. A promise says that the disk is behind: whoever prints should wait for it. */
  write(text: string): Promise<void> | undefined;
  /** Resolves when everything is in the file, or when the disk takes nothing for too long. */
  flushed(): Promise<void>;
}

export interface LogFileOptions {
  fileBytes?: number;
  patienceMs?: number;
}

/**
 * All of the backend's output in rotating files. The disk is the only one that may slow the backend down, and only for
 * a while: then output is left out, and the file says how much. A full disk costs lines, never the backend.
 */
export function createLogFile(file: string, options: LogFileOptions = {}): LogFile {
  const { fileBytes = FILE_BYTES, patienceMs = PATIENCE_MS } = options;
  /** One for all writes: new ones for each would lie about until they are collected. */
  const bytes = Buffer.allocUnsafeSlow(LONGEST_BYTES);
  let waiting: string[] = [];
  /** Characters in `waiting` and in the piece that is being written. */
  let length = 0;
  let writing: Promise<void> | null = null;
  /** Those who were asked to wait. */
  const sources: (() => void)[] = [];
  let patience: NodeJS.Timeout | undefined;
  /** The disk hangs: nothing more is taken until what waits is written. */
  let hangs = false;
  /** Characters left out: after what waits, and before what is written next. */
  let refused = 0;
  let missing = 0;

  const release = () => {
    clearTimeout(patience);
    patience = undefined;
    for (const goOn of sources.splice(0)) goOn();
  };
  const giveUp = () => {
    hangs = true;
    release();
  };
  const written = (characters: number) => {
    length -= characters;
    if (length <= FEW) release();
    if (length > 0) return;
    hangs = false;
    missing += refused;
    refused = 0;
  };
  const put = async (piece: string) => {
    const untold = missing;
    const size = bytes.write(untold > 0 ? remark(untold) + piece : piece);
    const problem = await append(file, bytes.subarray(0, size), fileBytes);
    if (problem) complain(problem, untold);
    missing += problem ? piece.length : -untold;
    written(piece.length);
    return problem === null;
  };
  const drain = async () => {
    let works = true;
    // What is missing is told at once where the disk works again, else with what is written next.
    while (waiting.length > 0 || (missing > 0 && works)) {
      const text = waiting.join('');
      waiting = [];
      for (const piece of text ? cut(text, PIECE) : ['']) works = await put(piece);
    }
    writing = null;
  };
  return {
    write(text) {
      if (hangs) {
        refused += text.length;
        return;
      }
      waiting.push(text);
      length += text.length;
      writing ??= drain();
      if (length < MANY) return;
      patience ??= setTimeout(giveUp, patienceMs).unref();
      return new Promise((resolve) => sources.push(resolve));
    },
    async flushed() {
      if (!writing) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patienceMs);
      });
      await Promise.race([writing, late]);
      clearTimeout(timer);
    },
  };
}

const remark = (characters: number) =>
  `\r\n[Headroom: ${characters} characters of the output are missing here, the disk did not take them]\r\n`;

/** Once, until it works again: a flood would say it hundreds of times. */
function complain(problem: string, untold: number): void {
  if (untold === 0) console.error(`headroom: the backend's log could not be written: ${problem}`);
}

/** Pieces that end with a line where they can, and never within a character. */
function* cut(text: string, longest: number): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const limit = from + longest;
    const line = limit < text.length ? text.lastIndexOf('\n', limit - 1) + 1 : text.length;
    const pair = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? 1 : 0;
    const end = line > from ? line : limit - pair;
    yield text.slice(from, end);
    from = end;
  }
}

/** What went wrong, or null. */
async function append(file: string, bytes: Uint8Array, fileBytes: number): Promise<string | null> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0 && size + bytes.length > fileBytes) await rotate(file);
    await appendFile(file, bytes, { mode: 0o600 });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function rotate(file: string): Promise<void> {
  await rm(`${file}.${FILES - 1}`, { force: true });
  for (let number = FILES - 2; number >= 1; number -= 1) {
    // The first rotations find fewer files than there may be.
    await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(() => undefined);
  }
  await rename(file, `${file}.1`);
}
