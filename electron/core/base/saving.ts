import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PanelError, type Sentence } from '#contract';
import { errnoOf } from './errno.ts';
import { makeFolder } from './make-folder.ts';
import { say } from './sentences.ts';

/** Keeps changes in memory while the data folder's disk takes none, and saves them when it does again. */
export interface Saving {
  /** What keeps files from being saved; null where nothing does. */
  problem(): Sentence | null;
  /** After a failed write: `save` is called until it succeeds. Returns false where the disk is not the reason. */
  failed(file: string, error: unknown, save: () => Promise<void>): boolean;
  /** Checks whether the folder accepts files, after a failure of another kind of file. */
  check(): Promise<Sentence | null>;
  stop(): void;
}

const RETRY_MS = 10_000;
/** More than a file system keeps inside its inode. */
const PROBE_BYTES = 4_096;

const FULL = ['ENOSPC', 'EDQUOT'];
const DENIED = ['EACCES', 'EPERM', 'EROFS'];

export async function createSaving(options: {
  folder: string;
  onChange(problem: Sentence | null): void;
  retryMs?: number;
}): Promise<Saving> {
  const { folder, onChange, retryMs = RETRY_MS } = options;
  const waiting = new Map<string, () => Promise<void>>();
  let problem: Sentence | null = null;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;

  const set = (next: Sentence | null) => {
    const changed = next?.text !== problem?.text;
    problem = next;
    if (changed) onChange(problem);
    clearTimeout(timer);
    if (problem && !stopped) timer = setTimeout(() => void retry(), retryMs).unref();
  };
  const retry = async () => {
    const found = await problemOf(folder);
    if (found) return set(found);
    // Also what has failed meanwhile.
    for (const [file, save] of waiting) {
      try {
        waiting.delete(file);
        await save();
      } catch (error) {
        waiting.set(file, save);
        return set(sentenceOf(folder, error));
      }
    }
    set(null);
  };
  const check = async () => {
    await retry();
    return problem;
  };
  await check();
  return {
    problem: () => problem,
    check,
    failed(file, error, save) {
      const isDisk = [...FULL, ...DENIED].includes(codeOf(error));
      if (!isDisk && !problem) return false;
      waiting.set(file, save);
      if (isDisk) set(sentenceOf(folder, error));
      return true;
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

async function problemOf(folder: string): Promise<Sentence | null> {
  const file = join(folder, `.settings.json.probe-${process.pid}`);
  try {
    await makeFolder(folder);
    const handle = await open(file, 'w', 0o600);
    try {
      await handle.writeFile(Buffer.alloc(PROBE_BYTES));
    } finally {
      await handle.close();
    }
    return null;
  } catch (error) {
    return sentenceOf(folder, error);
  } finally {
    await rm(file, { force: true }).catch(() => undefined);
  }
}

function sentenceOf(folder: string, error: unknown): Sentence {
  const code = codeOf(error);
  if (FULL.includes(code)) return say('nothingSavedFull', { folder });
  if (DENIED.includes(code)) return say('nothingSavedDenied', { folder });
  return say('nothingSaved', { folder, error: error instanceof Error ? error.message : String(error) });
}

/** The system's error code, also of an error that writeFileAtomic has worded. */
const codeOf = (error: unknown): string =>
  (error instanceof PanelError ? String(error.details?.errno) : errnoOf(error)) ?? '';
