import { readFile, rename } from 'node:fs/promises';
import { basename } from 'node:path';
import type { z } from 'zod';
import { type Notice, PanelError } from '#contract';
import { writeFileAtomic } from './atomic-file.ts';
import { errnoOf } from './errno.ts';
import { parseJson } from './parse-json.ts';
import type { Saving } from './saving.ts';
import { say } from './sentences.ts';

/** What happened when a store was opened. */
export type StoreNotice = Pick<Notice, 'level' | 'code' | 'sentence'>;

interface JsonStoreOptions<T> {
  file: string;
  schema: z.ZodType<T>;
  /** The value where there is no file yet. */
  fallback: T;
  /** Keeps changes while the disk takes none. Where absent, such a change fails. */
  saving?: Saving;
  /** Keeps what is valid in JSON that the schema rejects; nothing where absent. */
  salvage?: (raw: unknown) => T;
}

interface JsonStore<T> {
  /** The last value that is on disk (or the fallback), or that waits for the disk in `saving`. */
  value(): T;
  /** Saves `change(value())`; changes run one after another. Where it throws, nothing changes, on disk or here. */
  update(change: (value: T) => T): Promise<T>;
  /** What happened when the file was read, or null. */
  notice(): StoreNotice | null;
}

type Loaded<T> = { value: T; notice: StoreNotice | null; locked: PanelError | null };

/** Opens one JSON file. Never fails: a damaged file is renamed, an unreadable one is left alone and never written. */
export async function createJsonStore<T>(options: JsonStoreOptions<T>): Promise<JsonStore<T>> {
  const loaded = await load(options);
  let value = loaded.value;
  let queue: Promise<unknown> = Promise.resolve();

  const { file, saving } = options;
  const write = (next: T) => writeFileAtomic(file, `${JSON.stringify(next, null, 2)}\n`);
  const inQueue = <R>(task: () => Promise<R>): Promise<R> => {
    const done = queue.then(task);
    // The caller gets the error through `done`; the next task in the queue must not.
    queue = done.catch(() => undefined);
    return done;
  };
  const save = async (change: (value: T) => T) => {
    if (loaded.locked && !saving?.problem()) throw loaded.locked;
    const next = options.schema.parse(change(value));
    try {
      if (!loaded.locked) await write(next);
    } catch (error) {
      if (!saving?.failed(file, error, () => inQueue(() => write(value)))) throw error;
    }
    value = next;
    return next;
  };

  return {
    value: () => value,
    update: (change) => inQueue(() => save(change)),
    notice: () => loaded.notice,
  };
}

async function load<T>(options: JsonStoreOptions<T>): Promise<Loaded<T>> {
  const { file, schema, fallback } = options;
  const text = await read(file);
  if (text === null) return { value: fallback, notice: null, locked: null };
  if (text instanceof PanelError) return unreadable(text, fallback);
  const raw = parseJson(text);
  const parsed = schema.safeParse(raw);
  if (parsed.success) return { value: parsed.data, notice: null, locked: null };
  return quarantine(options, raw);
}

async function read(file: string): Promise<string | null | PanelError> {
  try {
    // Some editors write a byte order mark.
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    return new PanelError('refused', say('unreadable', { file: basename(file), error: textOf(error) }), { file });
  }
}

const unreadable = <T>(locked: PanelError, value: T): Loaded<T> => ({
  value,
  notice: { level: 'error', code: 'file_unreadable', sentence: locked.sentence },
  locked,
});

/** Renames a damaged file, and writes what could be read of it in its place. */
async function quarantine<T>(options: JsonStoreOptions<T>, raw: unknown): Promise<Loaded<T>> {
  const { file, fallback, salvage } = options;
  const renamed = `${file}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const value = salvage && raw !== undefined ? salvage(raw) : fallback;
  try {
    await rename(file, renamed);
    // At once, so that what was readable outlives this session.
    if (value !== fallback) await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    const sentence = say('notSetAside', { file: basename(file), error: textOf(error) });
    return unreadable(new PanelError('refused', sentence, { file }), value);
  }
  const names = { file: basename(file), renamed: basename(renamed) };
  const sentence = value === fallback ? say('damagedDefaults', names) : say('damagedKept', names);
  return { value, notice: { level: 'warning', code: 'file_damaged', sentence }, locked: null };
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
