import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** The permissions of everybody but the owner, and the bit that lets everybody create files in a folder of all (/tmp). */
const OTHERS = 0o077;
const SHARED = 0o1000;

/** The files and folders of a data folder (paths.ts, python/lbs/settings/paths.py, Chromium's profile). */
const FILE = /^\.?((settings|panel|profiles|alerts|starts|datasets)\.json|results\.db)(\b.*)?$/;
const FOLDER = /^(logs|models|incidents|history|recordings|run|plans|emulator|electron|lost\+found)$/;

/** Takes the file or folder from other users, unless it is a link or of another owner. Never throws. */
export async function restrict(path: string): Promise<void> {
  try {
    const about = await lstat(path);
    const foreign = about.uid !== process.getuid?.() || about.isSymbolicLink() || (about.mode & SHARED) !== 0;
    if (!foreign && (about.mode & OTHERS) !== 0) await chmod(path, about.mode & 0o7700);
  } catch {
    // Gone, or on a file system without modes.
  }
}

/**
 * Takes the data folder from other users, and the files directly in it. The folder itself, and what is in its folders,
 * only where it holds nothing else: HEADROOM_HOME may name a folder that others use as well. Returns whether it does.
 */
export async function restrictDataFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch(() => []);
  const onlyOurs = names.every((name) => FILE.test(name) || FOLDER.test(name));
  if (onlyOurs) await restrict(folder);
  for (const name of names) if (FILE.test(name)) await restrict(join(folder, name));
  return onlyOurs;
}
