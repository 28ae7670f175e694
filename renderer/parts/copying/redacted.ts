import { core } from '../../store.ts';

/** Well below the size limit of a message, also where each character takes several bytes. */
const PIECE_CHARACTERS = 100_000;

/**
 * The text without secrets, and how many were removed; `person`: without the person's name and home folder, too. Throws
 * PanelError without a connection.
 */
export async function redacted(text: string, person = false): Promise<{ text: string; removed: number }> {
  let clean = '';
  let removed = 0;
  for (let rest = text; rest.length > 0; ) {
    const end = rest.length <= PIECE_CHARACTERS ? rest.length : rest.lastIndexOf('\n', PIECE_CHARACTERS) + 1;
    const piece = await core.call('text.redact', {
      text: rest.slice(0, end || PIECE_CHARACTERS),
      ...(person ? { person: true as const } : {}),
    });
    clean += piece.text;
    removed += piece.removed;
    rest = rest.slice(end || PIECE_CHARACTERS);
  }
  return { text: clean, removed };
}
