import { appendFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../base/index.ts';

const FILES = 5;
const FILE_BYTES = 10 * 2 ** 20;
/** Characters waiting for the disk: above the first the source is paused, below the second it resumes. */
const PAUSE_ABOVE = 2 * 2 ** 20;
const RESUME_BELOW = PAUSE_ABOVE / 4;
/** How long a stalled disk may block the backend, which answers no calls while it waits to print. */
const STALL_MS = 2_000;
/** Characters of one write; a file is at most this much below its full size. */
const PIECE = 256 * 2 ** 10;
/** A piece with a remark before it; a UTF-16 code unit takes at most three bytes in UTF-8. */
const LONGEST_BYTES = 3 * (PIECE + 256);

export interface LogFile {
  /** Takes text. Returns a promise where the disk is behind: the source should wait for it. */
  write(text: string): Promise<void> | undefined;
  /** Resolves when everything is written, or when the disk stalls for too long. */
  flushed(): Promise<void>;
}

export interface LogFileOptions {
  fileBytes?: number;
  stallMs?: number;
}

/**
 * All of the backend's output in rotating files. Only the disk may slow down the backend, and only for a while: then output
 * is dropped, and the file says how much. A full disk costs lines, never the backend.
 */
export function createLogFile(file: string, options: LogFileOptions = {}): LogFile {
  const { fileBytes = FILE_BYTES, stallMs = STALL_MS } = options;
  /** One buffer for all writes: a new one for each would create garbage. */
  const bytes = Buffer.allocUnsafeSlow(LONGEST_BYTES);
  let waiting: string[] = [];
  /** Characters in `waiting` and in the current write. */
  let length = 0;
  let writing: Promise<void> | null = null;
  /** Resumes the paused sources. */
  const sources: (() => void)[] = [];
  let stallTimer: NodeJS.Timeout | undefined;
  /** The disk is stalled: new text is dropped until the waiting text is written. */
  let stalled = false;
  /** Dropped characters: after the waiting text, and before the next write. */
  let dropped = 0;
  let unreported = 0;

  const release = () => {
    clearTimeout(stallTimer);
    stallTimer = undefined;
    for (const resume of sources.splice(0)) resume();
  };
  const stall = () => {
    stalled = true;
    release();
  };
  const written = (characters: number) => {
    length -= characters;
    if (length <= RESUME_BELOW) release();
    if (length > 0) return;
    stalled = false;
    unreported += dropped;
    dropped = 0;
  };
  const put = async (piece: string) => {
    const gap = unreported;
    const size = bytes.write(gap > 0 ? remark(gap) + piece : piece);
    const problem = await append(file, bytes.subarray(0, size), fileBytes);
    if (problem) logProblem(problem, gap);
    unreported += problem ? piece.length : -gap;
    written(piece.length);
    return problem === null;
  };
  const drain = async () => {
    let works = true;
    // A gap is reported at once where the disk works again, otherwise with the next write.
    while (waiting.length > 0 || (unreported > 0 && works)) {
      const text = waiting.join('');
      waiting = [];
      for (const piece of text ? split(text, PIECE) : ['']) works = await put(piece);
    }
    writing = null;
  };
  return {
    write(text) {
      if (stalled) {
        dropped += text.length;
        return;
      }
      waiting.push(text);
      length += text.length;
      writing ??= drain();
      if (length < PAUSE_ABOVE) return;
      stallTimer ??= setTimeout(stall, stallMs).unref();
      return new Promise((resolve) => sources.push(resolve));
    },
    async flushed() {
      if (!writing) return;
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, stallMs);
      });
      await Promise.race([writing, late]);
      clearTimeout(timer);
    },
  };
}

/** The file and what rotation left of it, newest first. */
export const logFiles = (file: string): string[] => [
  file,
  ...Array.from({ length: FILES - 1 }, (_, i) => `${file}.${i + 1}`),
];

const remark = (characters: number) =>
  `\r\n[Headroom: ${characters} characters of output are missing here: the disk did not keep up]\r\n`;

/** Logs the problem once until the disk works again. */
function logProblem(problem: string, gap: number): void {
  if (gap === 0) console.error(`headroom: the backend's log could not be written: ${problem}`);
}

/** Splits text at line ends where possible, never inside a surrogate pair. */
function* split(text: string, longest: number): Generator<string> {
  for (let from = 0; from < text.length; ) {
    const limit = from + longest;
    const line = limit < text.length ? text.lastIndexOf('\n', limit - 1) + 1 : text.length;
    const pair = /[\uD800-\uDBFF]/.test(text.charAt(limit - 1)) ? 1 : 0;
    const end = line > from ? line : limit - pair;
    yield text.slice(from, end);
    from = end;
  }
}

/** Returns the error, or null. */
async function append(file: string, bytes: Uint8Array, fileBytes: number): Promise<string | null> {
  try {
    await makeFolder(dirname(file));
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
    // The first rotations find fewer files.
    await rename(`${file}.${number}`, `${file}.${number + 1}`).catch(() => undefined);
  }
  await rename(file, `${file}.1`);
}
