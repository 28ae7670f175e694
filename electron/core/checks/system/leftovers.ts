import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { verbatim } from '#contract';
import { findLeftovers } from '../../leftovers/index.ts';
import { nameOf, type ProcessInfo } from '../../proc/index.ts';
import { quoted } from '../commands.ts';
import { say } from '../sentences.ts';
import { type CheckPlace, copy, type Found, ok, unknown } from '../types.ts';

/** A younger file may still be in use. */
const MIN_AGE_MS = 60_000;

interface Leftovers {
  processes: readonly Pick<ProcessInfo, 'pid' | 'args' | 'comm'>[];
  files: string[];
}

export async function checkLeftovers(place: CheckPlace): Promise<Found> {
  if (place.platform !== 'linux') return unknown(say('leftoversUnknown'));
  return judgeLeftovers(place, await leftoversIn(place));
}

/** Leftovers of earlier starts in this data folder, and temporary files of killed writers. */
async function leftoversIn({ paths, platform }: CheckPlace): Promise<Leftovers> {
  const { run, folder } = paths;
  const { processes, files } = await findLeftovers({ folder, run, platform });
  const names = await readdir(folder).catch(() => []);
  const temporary = names.filter((name) => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name)).map((name) => join(folder, name));
  return { processes, files: await oldFiles([...files, ...temporary]) };
}

async function oldFiles(files: readonly string[]): Promise<string[]> {
  const ages = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      ),
    ),
  );
  return files.filter((_, i) => (ages[i] ?? 0) > MIN_AGE_MS);
}

export function judgeLeftovers(place: CheckPlace, { processes, files }: Leftovers): Found {
  if (processes.length > 0) {
    const pids = processes.map(({ pid }) => pid).join(' ');
    return {
      state: 'failed',
      sentence: say('leftoverProcesses', { pids }),
      detail: processes.map((process) => verbatim(`${process.pid} ${nameOf(process)}`)),
      fix: copy(say('terminateThem'), clearCommand(place)),
    };
  }
  if (files.length === 0) return ok(say('noLeftovers'));
  const command = `rm -f ${files.map((file) => quoted(file, place.platform)).join(' ')}`;
  return {
    state: 'warning',
    sentence: say('leftoverFiles', { count: files.length }),
    detail: files.map(verbatim),
    fix: { label: say('removeThem'), action: 'remove_leftovers', command },
  };
}

/** The clearing tool terminates only leftovers; it uses the same data folder. */
function clearCommand({ env, platform, python, pythonFolder }: CheckPlace): string {
  const home = env.HEADROOM_HOME ? `HEADROOM_HOME=${quoted(env.HEADROOM_HOME, platform)} ` : '';
  return `${home}${quoted(python, platform)} ${quoted(join(pythonFolder, 'clear_gpu_memory.py'), platform)}`;
}

/** Searches again, so that only current leftovers are removed. */
export async function removeLeftovers(place: CheckPlace): Promise<void> {
  const { files } = await leftoversIn(place);
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
