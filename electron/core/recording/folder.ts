import { constants } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PanelError, RECORDING_EXTENSION, type RecordingFile } from '#contract';
import { say } from './sentences.ts';

/** Bytes of the file in one answer; a third more in base64, well below the size limit of a message. */
export const PIECE_BYTES = 512 * 2 ** 10;

/** A name that sorts by time. */
export const nameFor = (time: number) =>
  `${new Date(time).toISOString().replaceAll(/[:.]/g, '-')}${RECORDING_EXTENSION}`;

/** Only recordings in our own folder: the contract rejects separators, and this rejects other extensions. */
function pathOf(folder: string, name: string): string {
  if (!/^[\w-][\w.-]*$/.test(name) || !name.endsWith(RECORDING_EXTENSION))
    throw new PanelError('not_found', say('noSuchRecording'));
  return join(folder, name);
}

/** Newest first, without links and folders. */
export async function listRecordings(folder: string, except: string | null): Promise<RecordingFile[]> {
  // The folder does not exist before the first recording.
  const names = await readdir(folder).catch(() => []);
  const files: RecordingFile[] = [];
  for (const name of names.filter((one) => one.endsWith(RECORDING_EXTENSION) && one !== except)) {
    const file = await fileOf(folder, name).catch(() => null);
    if (file) files.push(file);
  }
  return files.sort((a, b) => b.time - a.time);
}

export async function fileOf(folder: string, name: string): Promise<RecordingFile> {
  const about = await lstat(pathOf(folder, name));
  if (!about.isFile()) throw new PanelError('not_found', say('noSuchRecording'));
  return { name, bytes: about.size, time: timeIn(name) ?? about.mtimeMs };
}

function timeIn(name: string): number | null {
  const found = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d)-(\d{3})Z\./.exec(name);
  const time = found ? Date.parse(`${found[1]}:${found[2]}:${found[3]}.${found[4]}Z`) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

export async function readPiece(folder: string, name: string, offset: number) {
  const path = pathOf(folder, name);
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error: Error) => {
    throw new PanelError('not_found', say('unreadable', { reason: error.message }));
  });
  try {
    const piece = Buffer.alloc(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, offset);
    const next = offset + bytesRead;
    const { size } = await file.stat();
    return { base64: piece.toString('base64', 0, bytesRead), next: bytesRead > 0 && next < size ? next : null };
  } finally {
    await file.close();
  }
}

export async function deleteRecording(folder: string, name: string): Promise<void> {
  await rm(pathOf(folder, name), { force: true });
}
