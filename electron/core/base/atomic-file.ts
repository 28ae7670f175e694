import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PanelError } from '#contract';
import { errnoOf } from './errno.ts';

/**
 * Writes `text` so that the file is at every moment, also after SIGKILL or a power cut, either the old or the new one.
 * Fails with a PanelError (`refused`) that says why; the old file is then untouched.
 */
export async function writeFileAtomic(file: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await replace(await throughLinks(file), text);
  } catch (error) {
    throw new PanelError('refused', `${basename(file)} could not be saved: ${reason(error)} Nothing was changed.`, {
      file,
      errno: errnoOf(error),
    });
  }
}

async function replace(file: string, text: string): Promise<void> {
  // In the same folder, because a rename is atomic only within one file system.
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, text);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(file));
}

/** A settings file that is a link (dotfiles) stays a link: its target is what gets replaced. */
async function throughLinks(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return file;
    throw error;
  }
}

async function writeSynced(file: string, text: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the rename itself durable. The new file is in place already, so a file system that cannot do it is no failure. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

function reason(error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full. Free some space and try again.';
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return 'its folder may not be written to. Allow it, or set HEADROOM_HOME to another folder.';
    default:
      return `${error instanceof Error ? error.message : String(error)}.`;
  }
}
