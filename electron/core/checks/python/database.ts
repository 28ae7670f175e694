import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { PanelError, verbatim } from '#contract';
import { quoted } from '../commands.ts';
import { say } from '../sentences.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import { databaseSchema, quarantineSchema, queryPython } from './query-python.ts';

/** quick_check reads every page, which takes long for a large file on a slow disk. */
export const DATABASE_MS = 60_000;

/** The database file as the backend resolves it, from its own folder. */
function databaseOf({ desired, overrides, paths, pythonFolder }: CheckPlace): string {
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
  const query = { args: ['--database', file], schema: databaseSchema, timeoutMs: DATABASE_MS };
  const result = await queryPython(place, query, signal);
  if (!result.ok) return unknown(say('databaseUnknown'), [result.reason]);
  const { state, said, bytes } = result.value;
  const detail = [file, ...(said ? [said] : [])].map(verbatim);
  if (state === 'absent') return ok(say('databaseAbsent'), detail);
  if (state === 'whole') return ok(say('databaseOk', { size: sizeText(bytes) }), detail);
  if (state === 'locked') return { state: 'warning', sentence: say('databaseLocked'), detail };
  if (state === 'unreadable') return { state: 'failed', sentence: say('databaseUnreadable'), detail };
  if (state === 'foreign') return { state: 'failed', sentence: say('databaseForeign'), detail };
  const [folder, python, database] = [place.pythonFolder, place.python, file].map((word) =>
    quoted(word, place.platform),
  );
  return {
    state: 'failed',
    sentence: say('databaseDamaged'),
    detail: [...detail, say('databaseAdvice')],
    fix: {
      label: say('recover'),
      action: 'set_database_aside',
      command: `cd ${folder} && ${python} -m lbs.server.checkup --set-aside ${database}`,
    },
  };
}

const sizeText = (bytes: number) =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** Recovers the file where it is still damaged and no backend uses it. Returns the damaged one's new name, or throws PanelError. */
export async function quarantineDatabase(place: CheckPlace, signal: AbortSignal): Promise<string> {
  const query = { args: ['--set-aside', databaseOf(place)], schema: quarantineSchema, timeoutMs: DATABASE_MS };
  const result = await queryPython(place, query, signal);
  if (!result.ok) throw new PanelError('refused', say('notRenamed', { reason: result.reason }));
  const { state, aside } = result.value;
  if (aside !== null) return aside;
  throw new PanelError('refused', say('notRenamed', { reason: notRenamed[state] }));
}

const notRenamed = {
  in_use: say('databaseInUse'),
  absent: say('databaseGone'),
  whole: say('databaseIntact'),
  locked: say('databaseIsLocked'),
  unreadable: say('databaseIsUnreadable'),
  foreign: say('databaseIsForeign'),
  // It would have been renamed.
  damaged: say('databaseIsUnreadable'),
};
