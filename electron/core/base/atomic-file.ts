import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { PanelError, type Sentence } from '#contract';
import { errnoOf } from './errno.ts';
import { makeFolder } from './make-folder.ts';
import { say } from './sentences.ts';

/**
 * Writes `text` so that the file is at every moment, even after SIGKILL or a power cut, either the old or the new one.
 * Throws a PanelError (`refused`) with the reason; the old file is unchanged then.
 */
export async function writeFileAtomic(file: string, text: string): Promise<void> {
  try {
    await makeFolder(dirname(file));
    await replace(await throughLinks(file), text);
  } catch (error) {
    const sentence = say('notSaved', { file: basename(file), reason: reasonOf(error) });
    throw new PanelError('refused', sentence, { file, errno: errnoOf(error) });
  }
}

async function replace(file: string, text: string): Promise<void> {
  // In the same folder: a rename is atomic only within one file system.
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

/** A settings file that is a symbolic link stays one: its target is replaced. */
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

/** Makes the rename itself durable. A file system that cannot sync a folder is no error: the new file is in place. */
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

function reasonOf(error: unknown): Sentence {
  switch (errnoOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return say('diskFull');
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return say('notWritable');
    default:
      return say('systemError', { error: error instanceof Error ? error.message : String(error) });
  }
}
