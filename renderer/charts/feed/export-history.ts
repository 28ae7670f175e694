import { PanelError } from '#contract';
import { core } from '../../store.ts';
import { say } from '../sentences.ts';
import type { Span } from './range.ts';

/**
 * Reads all history of a span as the pieces of one file; `onProgress` gets the bytes so far. Returns null if aborted.
 * Rejects with PanelError.
 */
export async function exportHistory(
  format: 'csv' | 'json',
  { from, to }: Span,
  onProgress: (bytes: number) => void,
  abort: AbortSignal,
): Promise<{ name: string; pieces: string[] } | null> {
  const pieces: string[] = [];
  let cursor: string | undefined;
  let bytes = 0;
  while (!abort.aborted) {
    const input = cursor === undefined ? { from, to, format } : { from, to, format, cursor };
    const piece = await core.call('history.export', input);
    pieces.push(piece.text);
    bytes += piece.text.length;
    onProgress(bytes);
    if (piece.next === null) return { name: piece.name, pieces };
    if (piece.next === cursor) throw new PanelError('internal', say('endlessExport'));
    cursor = piece.next;
  }
  return null;
}
