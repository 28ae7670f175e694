import { readFile, rename } from 'node:fs/promises';
import { basename } from 'node:path';
import type { z } from 'zod';
import { type Notice, PanelError } from '#contract';
import { writeFileAtomic } from './atomic-file.ts';
import { errnoOf } from './errno.ts';
import { parseJson } from './parse-json.ts';

/** What a store has to tell when it opens; whoever shows it gives it an id and a time. */
export type StoreNotice = Pick<Notice, 'level' | 'code' | 'message'>;

export interface JsonStoreOptions<T> {
  file: string;
  schema: z.ZodType<T>;
  /** The value where there is no file yet. */
  fallback: T;
  /** What can be saved out of valid JSON that the schema refuses; nothing where absent. */
  salvage?: (raw: unknown) => T;
}

export interface JsonStore<T> {
  /** The last value that is safely on disk (or the fallback). */
  value(): T;
  /** Saves `change(value())`; changes run one after another. On failure nothing changes, on disk or here. */
  update(change: (value: T) => T): Promise<T>;
  /** What happened when the file was read, or null. */
  notice(): StoreNotice | null;
}

type Loaded<T> = { value: T; notice: StoreNotice | null; locked: PanelError | null };

/** Opens one JSON file. Never fails: a damaged file is set aside, an unreadable one is left alone and never written. */
export async function createJsonStore<T>(options: JsonStoreOptions<T>): Promise<JsonStore<T>> {
  const loaded = await load(options);
  let value = loaded.value;
  let queue: Promise<unknown> = Promise.resolve();

  const save = async (change: (value: T) => T) => {
    if (loaded.locked) throw loaded.locked;
    const next = options.schema.parse(change(value));
    await writeFileAtomic(options.file, `${JSON.stringify(next, null, 2)}\n`);
    value = next;
    return next;
  };

  return {
    value: () => value,
    update(change) {
      const saved = queue.then(() => save(change));
      // The caller gets the failure through `saved`; the next one in the queue must not.
      queue = saved.catch(() => undefined);
      return saved;
    },
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
  return setAside(options, raw);
}

async function read(file: string): Promise<string | null | PanelError> {
  try {
    // A byte order mark, as some editors leave it, is no damage.
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    const why = error instanceof Error ? error.message : String(error);
    return new PanelError(
      'refused',
      `${basename(file)} cannot be read (${why}): mend that and restart Headroom; until then nothing is saved there.`,
      { file },
    );
  }
}

const unreadable = <T>(locked: PanelError, value: T): Loaded<T> => ({
  value,
  notice: { level: 'error', code: 'file_unreadable', message: locked.message },
  locked,
});

async function setAside<T>(options: JsonStoreOptions<T>, raw: unknown): Promise<Loaded<T>> {
  const { file, fallback, salvage } = options;
  const aside = `${file}.damaged-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`;
  const value = salvage && raw !== undefined ? salvage(raw) : fallback;
  try {
    await rename(file, aside);
    // At once, so that what was saved out of the damaged file outlives this session too.
    if (value !== fallback) await writeFileAtomic(file, `${JSON.stringify(value, null, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unreadable(
      new PanelError('refused', `${basename(file)} is damaged and could not be set aside: ${why}`, { file }),
      value,
    );
  }
  const kept = value === fallback ? 'Headroom starts with the defaults.' : 'What could be read was kept.';
  const message = `${basename(file)} was damaged and is now ${basename(aside)}. ${kept}`;
  return { value, notice: { level: 'warning', code: 'file_damaged', message }, locked: null };
}
