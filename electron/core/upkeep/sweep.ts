import { lstat, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { RECORDING_EXTENSION } from '#contract';
import type { DataPaths } from '../base/index.ts';

/** A younger file may still be in use: by a worker that is ending, or by a panel where no claim is possible. */
const MIN_AGE_MS = 10 * 60_000;

/** What killed processes leave behind in each folder. */
const leftovers = ({ folder, incidents, plans, run, emulatorHeld }: DataPaths): [string, RegExp][] => [
  [folder, /^\.(settings|panel|profiles|alerts|starts|adoption)\.json\.[0-9a-f]{12}\.tmp$/],
  [folder, /^\.settings\.json\.probe-\d+$|^results\.db(\.v\d+)?\.part$/],
  [incidents, /^\..+\.json\.[0-9a-f]{12}\.tmp$/],
  [plans, /^\..+\.jsonl?\.\d+\.tmp$/],
  [run, /^\.(probe|clock)-\d+$|^open-[0-9a-f]{16}\.html$/],
  [emulatorHeld, /^\.held-/],
];

/** Removes old temporary files and empty recordings of this user. Never throws. Returns how many. */
export async function sweepFiles(paths: DataPaths): Promise<number> {
  let removed = 0;
  const sweep = async (folder: string, isOurs: (name: string) => boolean, isEmpty: boolean) => {
    for (const name of (await readdir(folder).catch(() => [])).filter(isOurs)) {
      const file = join(folder, name);
      const about = await lstat(file).catch(() => null);
      if (!about?.isFile() || about.uid !== (process.getuid?.() ?? about.uid)) continue;
      if (Date.now() - about.mtimeMs < MIN_AGE_MS || (isEmpty && about.size > 0)) continue;
      await rm(file, { force: true }).then(
        () => {
          removed += 1;
        },
        () => undefined,
      );
    }
  };
  for (const [folder, pattern] of leftovers(paths)) await sweep(folder, (name) => pattern.test(name), false);
  await sweep(paths.recordings, (name) => name.endsWith(RECORDING_EXTENSION), true);
  return removed;
}
