import { masked } from '../redaction/index.ts';
import type { ProcessInfo } from './process-table.ts';

const COMMAND_CHARS = 512;

/**
 * The command line as it may be shown, recorded and exported: truncated, and without the values of probable secrets. Null
 * for kernel threads, and where it is not readable.
 */
export function commandOf({ args }: Pick<ProcessInfo, 'args'>): string | null {
  const line = args.join(' ').slice(0, COMMAND_CHARS);
  return masked(line).slice(0, COMMAND_CHARS) || null;
}
