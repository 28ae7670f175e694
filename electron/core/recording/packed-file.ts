import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { recordingBounds } from '#contract';

/** What waits for the disk; beyond it the session holds its news back, and loses the oldest. */
const BEHIND_BYTES = 4 * 2 ** 20;
/** Head, trailer and what gzip adds where nothing can be packed. */
const MARGIN = 256 * 2 ** 10;
/** A disk that hangs does not keep the panel from ending. */
const END_MS = 5_000;

export interface PackedFile {
  /** False where it would pass a bound of the whole file: then nothing is written. */
  line(text: string): boolean;
  /** The disk has not yet taken what it got. */
  behind(): boolean;
  /** Of the file, as far as it is packed. */
  bytes(): number;
  /** What was written so far can be read even after a SIGKILL. */
  flush(): void;
  end(): Promise<void>;
}

/** Lines into gzip into a new file of mode 0600. `onFailed`: the disk did not take it; once. */
export function createPackedFile(path: string, onFailed: (error: Error) => void): PackedFile {
  const gzip = createGzip();
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  let raw = 0;
  let lines = 0;
  let packed = 0;
  /** How much of `raw` is surely in `packed`. */
  let flushed = 0;
  let flushing = false;
  let failed = false;
  const done = pipeline(gzip, file).catch((error: Error) => {
    failed = true;
    onFailed(error);
  });
  gzip.on('data', (bytes: Buffer) => {
    packed += bytes.length;
  });

  const flush = () => {
    // Where nothing is new, or the last flush still waits for the disk, another would only add bytes.
    if (failed || flushing || raw === flushed) return;
    const until = raw;
    flushing = true;
    gzip.flush(constants.Z_SYNC_FLUSH, () => {
      flushed = until;
      flushing = false;
    });
  };

  return {
    line(text) {
      if (failed) return true;
      const bytes = Buffer.from(`${text}\n`);
      const most = packed + gzip.readableLength + (raw - flushed) + bytes.length;
      const full =
        lines >= recordingBounds.lines ||
        raw + bytes.length > recordingBounds.unpackedBytes ||
        most > recordingBounds.packedBytes - MARGIN;
      if (full) return false;
      lines += 1;
      raw += bytes.length;
      gzip.write(bytes);
      // In a flood: else what is not yet packed would soon count as if it could not be.
      if (raw - flushed > BEHIND_BYTES) flush();
      return true;
    },
    behind: () => gzip.writableLength + gzip.readableLength + file.writableLength > BEHIND_BYTES,
    bytes: () => packed,
    flush,
    async end() {
      gzip.end();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, END_MS);
      });
      await Promise.race([done, late]);
      clearTimeout(timer);
    },
  };
}
