import i18next from 'i18next';
import {
  type CommandOutput,
  PanelError,
  RECORDING_EXTENSION,
  readRecording,
  recordingBounds,
  verbatim,
} from '#contract';
import { openReplay } from './replay.ts';

type Read = (input: { name: string; offset: number }) => Promise<CommandOutput<'recording.read'>>;

/** Fetches a recording of this panel piece by piece. Throws PanelError. */
export async function fetchRecording(read: Read, name: string): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let offset: number | null = 0; offset !== null; ) {
    const piece = await read({ name, offset });
    const bytes = Uint8Array.from(atob(piece.base64), (char) => char.charCodeAt(0));
    pieces.push(bytes);
    size += bytes.length;
    if (size > recordingBounds.packedBytes) throw new PanelError('refused', verbatim(i18next.t('recording.tooLarge')));
    offset = piece.next;
  }
  return new Blob(pieces, { type: 'application/gzip' });
}

/** Reads a recording and shows it. Throws PanelError where the file is not a recording. */
export async function openRecording(name: string, file: Blob): Promise<void> {
  openReplay(name, await readRecording(file));
}

/** The extensions that the file dialog offers; a dropped file may have any name. */
export const accepted = `${RECORDING_EXTENSION},.gz`;
