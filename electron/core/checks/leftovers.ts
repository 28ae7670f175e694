import { readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { quoted } from './commands.ts';
import { allProcesses, type Seen } from './proc.ts';
import { type CheckPlace, copy, type Found, ok, unknown } from './types.ts';

/** A file that is being written right now is no leftover. */
const OLD_MS = 60_000;
const MARKER = 'HEADROOM_MARKER=';

interface Left {
  processes: Seen[];
  files: string[];
}

export async function checkLeftovers(place: CheckPlace): Promise<Found> {
  if (place.platform !== 'linux') return unknown('What earlier starts left behind cannot be seen on this system.');
  return judgeLeftovers(place, await leftIn(place));
}

/** Of earlier starts of this data folder: processes whose guardian is gone, and files that nobody needs any more. */
async function leftIn(place: CheckPlace): Promise<Left> {
  const seen = await allProcesses();
  const alive = new Set(seen.flatMap(({ environment }) => markersIn(environment)));
  const marker = place.ownMarker();
  if (marker) alive.add(marker);
  const { run, folder } = place.paths;
  const [ports, temporary] = await Promise.all([
    oldFiles(run, (name) => /^[0-9a-f]{32}\.(json|steps|pipe)/.test(name) && !alive.has(name.slice(0, 32))),
    oldFiles(folder, (name) => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name)),
  ]);
  return { processes: orphans(seen, folder, marker), files: [...ports, ...temporary] };
}

const markersIn = (environment: ReadonlySet<string>) =>
  [...environment].flatMap((entry) => (entry.startsWith(MARKER) ? [entry.slice(MARKER.length)] : []));

/**
 * A start that lives has its guardian, which names the start's marker, or its server; a process of one that has neither
 * is nobody's any more. The same rule as python/clearing/leftovers.py, which ends them.
 */
export function orphans(seen: readonly Seen[], folder: string, own: string | null): Seen[] {
  const owned = new Set(seen.flatMap(({ environment, words }) => ownedBy(environment, words)));
  return seen.filter(({ environment }) => {
    const [marker] = markersIn(environment);
    return marker !== undefined && marker !== own && environment.has(`HEADROOM_HOME=${folder}`) && !owned.has(marker);
  });
}

function ownedBy(environment: ReadonlySet<string>, words: readonly string[]): string[] {
  const names = words.map((word) => basename(word));
  if (names.includes('server.py')) return markersIn(environment);
  const place = names.indexOf('guardian.py');
  return place === -1 ? [] : words.slice(place + 1, place + 2);
}

async function oldFiles(folder: string, isOurs: (name: string) => boolean): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter(isOurs);
  const files = names.map((name) => join(folder, name));
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
      detail: processes.map(({ pid, name }) => `${pid} ${name}`).join('\n'),
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
