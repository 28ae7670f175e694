import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { recordingBounds } from '#contract';

/** Bytes waiting for the disk; beyond this the session buffers messages, and drops the oldest. */
const BEHIND_BYTES = 4 * 2 ** 20;
/** The header, the trailer and the overhead of gzip for incompressible data. */
const MARGIN = 256 * 2 ** 10;
/** A stalled disk must not keep the panel from exiting. */
const END_MS = 5_000;

interface PackedFile {
  /** Returns false, and writes nothing, where the file would exceed its bounds. */
  line(text: string): boolean;
  /** Whether the disk is behind. */
  behind(): boolean;
  /** The compressed bytes so far. */
  bytes(): number;
  /** Makes everything written so far readable even after a SIGKILL. */
  flush(): void;
  end(): Promise<void>;
}

/** Writes lines through gzip into a new file of mode 0600. `onFailed`: called once where the disk fails. */
export function createPackedFile(path: string, onFailed: (error: Error) => void): PackedFile {
  const gzip = createGzip();
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  let raw = 0;
  let lines = 0;
  let packed = 0;
  /** The part of `raw` that is certainly in `packed`. */
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
    // Without new data, or during a flush, another flush would only add bytes.
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
      // In a flood, unflushed bytes would soon count as incompressible.
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
