import { createHash } from 'node:crypto';
import { lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type Environment, restrict, restrictDataFolder } from '../base/index.ts';

/** sockaddr_un has room for 108 bytes. */
const LONGEST_PATH = 100;

const hashOf = (folder: string) => createHash('sha256').update(folder).digest('hex').slice(0, 32);

export const pipeOf = (folder: string) => `\\\\.\\pipe\\headroom-${hashOf(folder.toLowerCase())}`;

export const fitsSocket = (path: string) => Buffer.byteLength(path) <= LONGEST_PATH;

/**
 * The folder run/ of the data folder, created; null where it keeps no files (the disk is full or read-only), and where
 * HEADROOM_HOME names a folder that has a run/ of others.
 */
export async function ownRunFolder(folder: string): Promise<string | null> {
  const run = join(folder, 'run');
  const probe = join(run, `.probe-${process.pid}`);
  try {
    await mkdir(run, { recursive: true, mode: 0o700 });
    if (await restrictDataFolder(folder)) await restrict(run);
    else if (process.platform !== 'win32' && !(await isPrivate(run))) return null;
    await writeFile(probe, 'x', { mode: 0o600 });
    return run;
  } catch {
    return null;
  } finally {
    await rm(probe, { force: true }).catch(() => undefined);
  }
}

/** The private folder of this machine that replaces run/ if the data folder cannot hold sockets or files. */
export function standInPaths(folder: string, env: Environment): string[] {
  const uid = process.getuid?.();
  if (uid === undefined) return [];
  const runtime = env.XDG_RUNTIME_DIR;
  const bases = [...(runtime && isAbsolute(runtime) ? [runtime] : []), tmpdir()];
  return bases.map((base) => join(base, `headroom-${uid}-${hashOf(folder).slice(0, 12)}`));
}

export const isOfUser = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => null))?.uid === process.getuid?.();

/** Whether only this user may use the folder: in a shared folder, another user may have created it first. */
export async function isPrivate(path: string): Promise<boolean> {
  const about = await lstat(path).catch(() => null);
  return about?.isDirectory() === true && about.uid === process.getuid?.() && (about.mode & 0o077) === 0;
}

export async function makePrivate(path: string): Promise<boolean> {
  await mkdir(path, { mode: 0o700 }).catch(() => undefined);
  return isPrivate(path);
}
