import { type CommandOutput, PanelError, RECORDING_EXTENSION, readRecording, recordingBounds } from '#contract';
import { openReplay } from './replay.ts';

type Read = (input: { name: string; offset: number }) => Promise<CommandOutput<'recording.read'>>;

/** A recording of this panel as a file, fetched piece by piece. Fails with a PanelError. */
export async function fetchRecording(read: Read, name: string): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for (let offset: number | null = 0; offset !== null; ) {
    const piece = await read({ name, offset });
    const bytes = Uint8Array.from(atob(piece.base64), (char) => char.charCodeAt(0));
    pieces.push(bytes);
    size += bytes.length;
    if (size > recordingBounds.packedBytes) throw new PanelError('refused', 'This file is larger than a recording is.');
    offset = piece.next;
  }
  return new Blob(pieces, { type: 'application/gzip' });
}

/** Reads a file and shows it. Fails with a PanelError that says what is wrong with it. */
export async function openRecording(name: string, file: Blob): Promise<void> {
  openReplay(name, await readRecording(file));
}

/** What a file dialog offers; whatever a person drops is looked at. */
export const accepted = `${RECORDING_EXTENSION},.gz`;
