import { chmod, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { dataPaths } from './paths.ts';

/** The permissions of group and others, and the sticky bit of shared folders such as /tmp. */
const OTHERS = 0o077;
const SHARED = 0o1000;

/** The names directly in a data folder, from every path in it; Chromium's profile, and what a disk of its own has. */
const names = [
  ...Object.values(dataPaths('/data', 'linux')).flatMap((path) => path.split('/')[2] ?? []),
  ...['electron', 'lost+found'],
];
const folders = new Set(names.filter((name) => !name.includes('.')));
const files = names.filter((name) => name.includes('.'));

/** Also a copy, a journal, and a temporary file of one of them. */
const isOurFile = (name: string) => {
  const bare = name.replace(/^\./, '');
  return files.some((file) => bare === file || bare.startsWith(`${file}.`) || bare.startsWith(`${file}-`));
};

/** Removes other users' access to the file or folder, unless it is a link or has another owner. Never throws. */
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
 * Removes other users' access to Headroom's files directly in the data folder; also to the folder itself if it holds
 * nothing else, since HEADROOM_HOME may name a shared folder. Returns whether it holds nothing else.
 */
export async function restrictDataFolder(folder: string): Promise<boolean> {
  const found = await readdir(folder).catch(() => []);
  const onlyOurs = found.every((name) => isOurFile(name) || folders.has(name));
  if (onlyOurs) await restrict(folder);
  for (const name of found) if (isOurFile(name)) await restrict(join(folder, name));
  return onlyOurs;
}
