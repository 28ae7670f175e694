import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { quoted } from './commands.ts';
import { ownProcesses, type Seen } from './proc.ts';
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
  const seen = await ownProcesses();
  const alive = new Set(seen.flatMap(({ environment }) => markersIn(environment)));
  const marker = place.ownMarker();
  if (marker) alive.add(marker);
  const { run, folder } = place.paths;
  const [ports, temporary] = await Promise.all([
    oldFiles(run, (name) => /^[0-9a-f]{32}\.json/.test(name) && !alive.has(name.slice(0, 32))),
    oldFiles(folder, (name) => /^\..+\.[0-9a-f]{12}\.tmp$/.test(name)),
  ]);
  return { processes: orphans(seen, folder, marker), files: [...ports, ...temporary] };
}

const markersIn = (environment: ReadonlySet<string>) =>
  [...environment].flatMap((entry) => (entry.startsWith(MARKER) ? [entry.slice(MARKER.length)] : []));

/** A start that lives has its guardian, which names the start's marker; one without is nobody's any more. */
export function orphans(seen: readonly Seen[], folder: string, own: string | null): Seen[] {
  const guarded = new Set(
    seen.filter(({ words }) => words.some((word) => word.endsWith('guardian.py'))).map(({ words }) => words.at(-1)),
  );
  return seen.filter(({ environment }) => {
    const [marker] = markersIn(environment);
    return marker !== undefined && marker !== own && environment.has(`HEADROOM_HOME=${folder}`) && !guarded.has(marker);
  });
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

export function judgeLeftovers({ platform }: Pick<CheckPlace, 'platform'>, { processes, files }: Left): Found {
  if (processes.length > 0) {
    const pids = processes.map(({ pid }) => pid).join(' ');
    return {
      state: 'failed',
      sentence: `Processes of an earlier start are still there (${pids}): they may hold GPU memory.`,
      detail: processes.map(({ pid, name }) => `${pid} ${name}`).join('\n'),
      fix: copy('End them', `kill ${pids}`),
    };
  }
  if (files.length === 0) return ok('Nothing of an earlier start is left.');
  const command = `rm -f ${files.map((file) => quoted(file, platform)).join(' ')}`;
  return {
    state: 'warning',
    sentence: `Earlier starts left ${files.length} ${files.length === 1 ? 'file' : 'files'} that nobody needs.`,
    detail: files.join('\n'),
    fix: { label: 'Remove them', action: 'remove_leftovers', command },
  };
}

/** Looked for anew, so that only what is a leftover at this moment goes. */
export async function removeLeftovers(place: CheckPlace): Promise<void> {
  const { files } = await leftIn(place);
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
