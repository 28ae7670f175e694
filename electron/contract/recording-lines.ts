import { PanelError } from './errors.ts';
import { recordingBounds } from './recording.ts';

/** What was read of a packed file, line by line; `torn`: it ends before its end, as after a crash. */
export type LineReader = (line: string, number: number) => void;

/** Small, because one piece unpacks to at most a thousand times as much before anybody can look at it. */
const PIECE = 4_096;
const NEWLINE = 0x0a;

const mib = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`;
const refused = (message: string) => new PanelError('invalid_input', message);

/**
 * Unpacks gzip and gives each whole line as it comes, so that no more is held than one line and one piece. Answers
 * whether the file is torn. Fails with a PanelError where it is damaged, is no gzip, or passes a bound.
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
    if (!magic) throw refused('This file is not a Headroom recording: it is not packed with gzip.');
    throw refused(`This recording is damaged after line ${lines.count()}: it cannot be unpacked.`);
  } finally {
    // Whoever stops early lets the file and the unpacker go; there may be nothing left to let go.
    await Promise.all([source.cancel().catch(() => undefined), unpacked.cancel().catch(() => undefined)]);
  }
}

/** `whole`: all of the file was taken before anything failed. `problem`: the file itself cannot be had. Never rejects. */
interface Fed {
  whole: boolean;
  /** It begins as gzip does. */
  magic: boolean;
  problem: PanelError | null;
}

async function feed(
  source: ReadableStreamDefaultReader<Uint8Array>,
  into: WritableStreamDefaultWriter<Uint8Array>,
): Promise<Fed> {
  into.closed.catch(() => undefined);
  let taken = 0;
  let whole = false;
  let magic = false;
  try {
    for (;;) {
      const { done, value } = await read(source);
      if (done) break;
      if (taken === 0) magic = value[0] === 0x1f && value[1] === 0x8b;
      taken += value.length;
      if (taken > recordingBounds.packedBytes)
        throw refused(`This file is larger than a recording may be (${mib(recordingBounds.packedBytes)}).`);
      for (let at = 0; at < value.length; at += PIECE) {
        await into.ready;
        await into.write(value.subarray(at, at + PIECE));
      }
    }
    // Ready again means that all it gave has been read: closing a torn stream throws away what has not.
    await into.ready;
    whole = true;
    await into.close();
  } catch (error) {
    if (!(error instanceof PanelError)) return { whole, magic, problem: null };
    // The reader of the other end hears of it too.
    await into.abort(error).catch(() => undefined);
    return { whole, magic, problem: error };
  }
  return { whole, magic, problem: null };
}

async function read(source: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await source.read();
  } catch (error) {
    throw refused(`This file cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** Node tells damage from a torn end by a code; browsers refuse damage while it is written. */
const isDataError = (error: unknown) => (error as { code?: unknown } | null)?.code === 'Z_DATA_ERROR';

/** Cuts bytes at newlines, and refuses what passes a bound. */
function createLineCutter(onLine: LineReader) {
  let held: Uint8Array[] = [];
  let length = 0;
  let total = 0;
  let count = 0;

  const hold = (bytes: Uint8Array) => {
    length += bytes.length;
    if (length > recordingBounds.lineBytes)
      throw refused(`Line ${count + 1} of this recording is longer than ${mib(recordingBounds.lineBytes)}.`);
    if (bytes.length > 0) held.push(bytes);
  };
  const end = () => {
    count += 1;
    if (count > recordingBounds.lines) throw refused(`This recording has more than ${recordingBounds.lines} lines.`);
    const text = decode(joined(held, length), count);
    held = [];
    length = 0;
    onLine(text, count);
  };
  return {
    push(bytes: Uint8Array) {
      total += bytes.length;
      if (total > recordingBounds.unpackedBytes)
        throw refused(`This recording unpacks to more than ${mib(recordingBounds.unpackedBytes)}.`);
      let from = 0;
      for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, from)) {
        hold(bytes.subarray(from, at));
        end();
        from = at + 1;
      }
      // A copy: the unpacker may use its memory again.
      hold(bytes.slice(from));
    },
    count: () => count,
    /** The last line has no end. */
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
    throw refused(`Line ${number} of this recording is damaged: it is not UTF-8.`);
  }
}
