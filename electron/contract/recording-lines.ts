import { PanelError } from './errors.ts';
import { recordingBounds } from './recording.ts';
import type { Sentence } from './sentence.ts';
import { say } from './sentences.ts';

/** Takes each line and its number, from 1. */
type LineReader = (line: string, number: number) => void;

/** Small, because one chunk may decompress to a thousand times its size before a bound is checked. */
const CHUNK = 4_096;
const NEWLINE = 0x0a;

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const refused = (sentence: Sentence) => new PanelError('invalid_input', sentence);

/**
 * Decompresses gzip and passes on each whole line, so that no more than one line and one chunk is in memory. Returns
 * whether the file is truncated. Throws a PanelError where it is damaged, is not gzip, or exceeds a bound.
 */
export async function readPackedLines(packed: ReadableStream<Uint8Array>, onLine: LineReader): Promise<boolean> {
  const lines = createLineCutter(onLine);
  const gunzip = new DecompressionStream('gzip');
  const unpacked = gunzip.readable.getReader() as ReadableStreamDefaultReader<Uint8Array>;
  const source = packed.getReader();
  const writing = feed(source, gunzip.writable.getWriter() as WritableStreamDefaultWriter<Uint8Array>);
  try {
    for (;;) {
      const { done, value } = await unpacked.read();
      if (done) break;
      lines.push(value);
    }
    const fed = await writing;
    if (fed.problem) throw fed.problem;
    return lines.torn();
  } catch (error) {
    if (error instanceof PanelError) throw error;
    const { problem, whole, magic } = await writing;
    if (problem) throw problem;
    if (whole && !isDataError(error)) return true;
    if (!magic) throw refused(say('notGzip'));
    throw refused(say('notUnpacked', { line: lines.count() }));
  } finally {
    // Releases the file and the decompressor after an early exit; both may be closed already.
    await Promise.all([source.cancel().catch(() => undefined), unpacked.cancel().catch(() => undefined)]);
  }
}

/** How reading the file ended. */
interface Fed {
  /** All of it was read before anything failed. */
  whole: boolean;
  /** It begins with gzip's magic number. */
  magic: boolean;
  /** It cannot be read, or is too large. */
  problem: PanelError | null;
}

/** Never rejects. */
async function feed(
  source: ReadableStreamDefaultReader<Uint8Array>,
  into: WritableStreamDefaultWriter<Uint8Array>,
): Promise<Fed> {
  into.closed.catch(() => undefined);
  let bytesRead = 0;
  let whole = false;
  let magic = false;
  try {
    for (;;) {
      const { done, value } = await read(source);
      if (done) break;
      if (bytesRead === 0) magic = value[0] === 0x1f && value[1] === 0x8b;
      bytesRead += value.length;
      if (bytesRead > recordingBounds.packedBytes)
        throw refused(say('fileTooLarge', { size: mib(recordingBounds.packedBytes) }));
      for (let at = 0; at < value.length; at += CHUNK) {
        await into.ready;
        await into.write(value.subarray(at, at + CHUNK));
      }
    }
    // Ready again means that all of its output has been read: closing a truncated stream discards the rest.
    await into.ready;
    whole = true;
    await into.close();
  } catch (error) {
    if (!(error instanceof PanelError)) return { whole, magic, problem: null };
    // Passes the error to the reader of the output.
    await into.abort(error).catch(() => undefined);
    return { whole, magic, problem: error };
  }
  return { whole, magic, problem: null };
}

async function read(source: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await source.read();
  } catch (error) {
    throw refused(say('fileUnreadable', { reason: error instanceof Error ? error.message : String(error) }));
  }
}

/** Node distinguishes damage from truncation by an error code; browsers reject damage on write. */
const isDataError = (error: unknown) => (error as { code?: unknown } | null)?.code === 'Z_DATA_ERROR';

/** Splits bytes at newlines, and rejects what exceeds a bound. */
function createLineCutter(onLine: LineReader) {
  let held: Uint8Array[] = [];
  let length = 0;
  let total = 0;
  let count = 0;

  const hold = (bytes: Uint8Array) => {
    length += bytes.length;
    if (length > recordingBounds.lineBytes)
      throw refused(say('lineTooLong', { line: count + 1, size: mib(recordingBounds.lineBytes) }));
    if (bytes.length > 0) held.push(bytes);
  };
  const end = () => {
    count += 1;
    if (count > recordingBounds.lines) throw refused(say('tooManyLines', { count: recordingBounds.lines }));
    const text = decode(joined(held, length), count);
    held = [];
    length = 0;
    onLine(text, count);
  };
  return {
    push(bytes: Uint8Array) {
      total += bytes.length;
      if (total > recordingBounds.unpackedBytes)
        throw refused(say('unpacksTooLarge', { size: mib(recordingBounds.unpackedBytes) }));
      let from = 0;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
        hold(bytes.subarray(from, at));
        end();
        from = at + 1;
      }
      // A copy: the decompressor may reuse its buffer.
      hold(bytes.slice(from));
    },
    count: () => count,
    /** The last line has no newline. */
    torn: () => length > 0,
  };
}

function joined(pieces: Uint8Array[], length: number): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Uint8Array, number: number): string {
  try {
    return decoder.decode(bytes);
  } catch {
    throw refused(say('lineNotUtf8', { line: number }));
  }
}
