import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { findLeftovers } from '../../leftovers/index.ts';
import { nameOf, type Seen } from '../../proc/index.ts';
import { quoted } from '../commands.ts';
import { type CheckPlace, copy, type Found, ok, unknown } from '../types.ts';

/** A file that is being written right now is no leftover. */
const OLD_MS = 60_000;

interface Left {
  processes: readonly Pick<Seen, 'pid' | 'words' | 'comm'>[];
  files: string[];
}

export async function checkLeftovers(place: CheckPlace): Promise<Found> {
  if (place.platform !== 'linux') return unknown('What earlier starts left behind cannot be seen on this system.');
  return judgeLeftovers(place, await leftIn(place));
}

/** Of earlier starts of this data folder, as a sweep finds it; and what a writer that was killed has not renamed. */
async function leftIn({ paths, platform }: CheckPlace): Promise<Left> {
  const { run, folder } = paths;
  const { processes, files } = await findLeftovers({ folder, run, platform });
  const names = await readdir(folder).catch(() => []);
  const temporary = names.filter((name) => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name)).map((name) => join(folder, name));
  return { processes, files: await oldOnes([...files, ...temporary]) };
}

async function oldOnes(files: readonly string[]): Promise<string[]> {
  const ages = await Promise.all(
    files.map((file) =>
      stat(file).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => 0,
      ),
    ),
  );
  return files.filter((_, i) => (ages[i] ?? 0) > OLD_MS);
}

export function judgeLeftovers(place: CheckPlace, { processes, files }: Left): Found {
  if (processes.length > 0) {
    const pids = processes.map(({ pid }) => pid).join(' ');
    return {
      state: 'failed',
      sentence: `Processes of an earlier start are still there (${pids}): they may hold GPU memory.`,
      detail: processes.map((process) => `${process.pid} ${nameOf(process)}`).join('\n'),
      fix: copy('End them', clearCommand(place)),
    };
  }
  if (files.length === 0) return ok('Nothing of an earlier start is left.');
  const command = `rm -f ${files.map((file) => quoted(file, place.platform)).join(' ')}`;
  return {
    state: 'warning',
    sentence: `Earlier starts left ${files.length} ${files.length === 1 ? 'file' : 'files'} that nobody needs.`,
    detail: files.join('\n'),
    fix: { label: 'Remove them', action: 'remove_leftovers', command },
  };
}

/** The clearing tool ends what is nobody's, and nothing else; it looks for the same data folder. */
function clearCommand({ env, platform, python, pythonFolder }: CheckPlace): string {
  const home = env.HEADROOM_HOME ? `HEADROOM_HOME=${quoted(env.HEADROOM_HOME, platform)} ` : '';
  return `${home}${quoted(python, platform)} ${quoted(join(pythonFolder, 'clear_gpu_memory.py'), platform)}`;
}

/** Looked for anew, so that only what is a leftover at this moment goes. */
export async function removeLeftovers(place: CheckPlace): Promise<void> {
  const { files } = await leftIn(place);
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
