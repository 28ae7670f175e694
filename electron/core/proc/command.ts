import type { Seen } from './process-table.ts';

const COMMAND_CHARS = 512;

/** Names of what is nobody's to read, and none of `--max-tokens`, `--tokenizer`. */
const NAME = String.raw`[\w-]*(?:token(?!s|iz)|secret|passw(?:or)?d|api[-_]?key)[\w-]*`;
const given = new RegExp(String.raw`(^|[\s'"])(-{0,2}${NAME}=|-{1,2}${NAME}\s+)[^\s'"]+`, 'gi');

/**
 * The command line as it may be shown, recorded and sent to somebody: cut, and without the values of what looks like a
 * secret. Null of a thread of the kernel, and where we may not read it.
 */
export function commandOf({ words }: Pick<Seen, 'words'>): string | null {
  const line = words.join(' ').slice(0, COMMAND_CHARS);
  return line.replace(given, '$1$2***').slice(0, COMMAND_CHARS) || null;
}
