import type { ProcessInfo } from './process-table.ts';

const COMMAND_CHARS = 512;

/** Names of secrets, without `--max-tokens` and `--tokenizer`. */
const NAME = String.raw`[\w-]*(?:token(?!s|iz)|secret|passw(?:or)?d|api[-_]?key)[\w-]*`;
const assignment = new RegExp(String.raw`(^|[\s'"])(-{0,2}${NAME}=|-{1,2}${NAME}\s+)[^\s'"]+`, 'gi');

/**
 * The command line as it may be shown, recorded and exported: truncated, and without the values of probable secrets. Null
 * for kernel threads, and where it is not readable.
 */
export function commandOf({ args }: Pick<ProcessInfo, 'args'>): string | null {
  const line = args.join(' ').slice(0, COMMAND_CHARS);
  return line.replace(assignment, '$1$2***').slice(0, COMMAND_CHARS) || null;
}
