import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { PanelError } from '#contract';
import { quoted } from '../commands.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import { asideSchema, askPython, examinedSchema } from './query-python.ts';

/** quick_check reads every page: a large file on a slow disk takes its time. */
export const DATABASE_MS = 60_000;

/** The file as the backend finds it: it runs in its own folder. */
export function databaseOf({ desired, overrides, paths, pythonFolder }: CheckPlace): string {
  const named = overrides().LBS_DB_PATH ?? desired().LBS_DB_PATH;
  return named
    ? resolve(
        pythonFolder,
        named.replace(/^~(?=$|[/\\])/, () => homedir()),
      )
    : paths.results;
}

export async function checkDatabase(place: CheckPlace, signal: AbortSignal): Promise<Found> {
  const file = databaseOf(place);
  const question = { words: ['--database', file], schema: examinedSchema, timeoutMs: DATABASE_MS };
  const asked = await askPython(place, question, signal);
  if (!asked.ok) return unknown('The results database could not be looked into.', asked.why);
  const { state, said, bytes } = asked.value;
  const detail = said ? `${file}\n${said}` : file;
  if (state === 'absent') return ok('No results yet: the database is made by the first start.', detail);
  if (state === 'whole') return ok(`The results database is whole (${sizeText(bytes)}).`, detail);
  if (state === 'locked')
    return { state: 'warning', sentence: 'The results database is locked by another process.', detail };
  if (state === 'unreadable')
    return {
      state: 'failed',
      sentence: 'The results database cannot be opened: mend that, or set LBS_DB_PATH.',
      detail,
    };
  const words = [file, `${file}.damaged`].map((word) => quoted(word, place.platform)).join(' ');
  return {
    state: 'failed',
    sentence: 'The results database is damaged.',
    detail: `${detail}\nStop the backend, then set the file aside: it is renamed, and a new one is begun.`,
    fix: {
      label: 'Set it aside',
      action: 'set_database_aside',
      command: `${place.platform === 'win32' ? 'move' : 'mv'} ${words}`,
    },
  };
}

const sizeText = (bytes: number) =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Renames it where quick_check still says damaged and no backend holds it; the new name. Fails with a PanelError. */
export async function setDatabaseAside(place: CheckPlace, signal: AbortSignal): Promise<string> {
  const question = { words: ['--set-aside', databaseOf(place)], schema: asideSchema, timeoutMs: DATABASE_MS };
  const asked = await askPython(place, question, signal);
  if (!asked.ok) throw new PanelError('refused', `Nothing was renamed: ${asked.why}`);
  const { state, aside } = asked.value;
  if (aside !== null) return aside;
  const why = state === 'in_use' ? 'another backend uses the database: stop it first' : `the database is ${state} now`;
  throw new PanelError('refused', `Nothing was renamed: ${why}.`);
}
