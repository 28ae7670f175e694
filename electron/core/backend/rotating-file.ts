import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface RotatingFile {
  write(text: string): void;
  /** Resolves when everything written so far is on disk, or could not be. */
  flush(): Promise<void>;
}

/** What may wait for a slow disk; beyond it the oldest is dropped, never the backend slowed down. */
const LONGEST_WAIT_CHARS = 4 * 1024 * 1024;

/** Appends to `file`; at `maxBytes` it becomes `file.1`, and so on, `files` in all. A full disk loses log, nothing else. */
export function createRotatingFile(options: { file: string; maxBytes: number; files: number }): RotatingFile {
  const { file, maxBytes, files } = options;
  let waiting = '';
  let size: number | null = null;
  let writing: Promise<void> | null = null;

  const rotate = async () => {
    await rm(`${file}.${files - 1}`, { force: true });
    for (let number = files - 2; number >= 0; number--) {
      const from = number === 0 ? file : `${file}.${number}`;
      await rename(from, `${file}.${number + 1}`).catch(ignoreMissing);
    }
    size = 0;
  };
  const append = async (text: string) => {
    if (size === null) {
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      size = await sizeOf(file);
    }
    const bytes = Buffer.byteLength(text);
    if (size > 0 && size + bytes > maxBytes) await rotate();
    await appendFile(file, text, { mode: 0o600 });
    size += bytes;
  };
  const drain = async () => {
    while (waiting !== '') {
      const text = waiting;
      waiting = '';
      try {
        await append(text);
      } catch {
        // A full disk, or a folder that was removed: looked at afresh with the next line.
        size = null;
      }
    }
    writing = null;
  };

  return {
    write(text) {
      waiting = (waiting + text).slice(-LONGEST_WAIT_CHARS);
      // In the next turn, so that a burst of lines is one append.
      writing ??= Promise.resolve().then(drain);
    },
    flush: async () => {
      await writing;
    },
  };
}

const sizeOf = async (file: string) => {
  try {
    return (await stat(file)).size;
  } catch (error) {
    ignoreMissing(error);
    return 0;
  }
};

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
}
