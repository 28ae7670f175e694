import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

const FILES = 5;
const FILE_BYTES = 10 * 2 ** 20;
const TAIL_CHARACTERS = 256 * 2 ** 10;

export interface BackendLog {
  write(text: string): void;
  /** The end of the output, as chunks, at most 256 Ki characters. */
  tail(): readonly string[];
  /** Resolves when everything is in the file. */
  flushed(): Promise<void>;
}

/** The backend's output: its end in memory, all of it in rotating files. A full disk costs lines, never the backend. */
export function createBackendLog(file: string, options: { fileBytes?: number } = {}): BackendLog {
  const { fileBytes = FILE_BYTES } = options;
  let chunks: string[] = [];
  let length = 0;
  let waiting = '';
  let writing: Promise<void> | null = null;

  const drain = async () => {
    while (waiting) {
      const text = waiting;
      waiting = '';
      await append(file, text, fileBytes);
    }
    writing = null;
  };

  return {
    write(text) {
      chunks.push(text);
      length += text.length;
      while (length > TAIL_CHARACTERS && chunks.length > 1) length -= chunks.shift()?.length ?? 0;
      // Many small chunks would make the backlog slow to send.
      if (chunks.length > 2_000) chunks = [chunks.join('')];
      waiting += text;
      writing ??= drain();
    },
    tail: () => chunks,
    flushed: async () => {
      while (writing) await writing;
    },
  };
}

async function append(file: string, text: string, fileBytes: number): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const size = await stat(file).then(
      (found) => found.size,
      () => 0,
    );
    if (size > 0 && size + Buffer.byteLength(text) > fileBytes) await rotate(file);
    await appendFile(file, text, { mode: 0o600 });
  } catch (error) {
    console.error(
      `headroom: the backend's log could not be written: ${error instanceof Error ? error.message : error}`,
    );
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
