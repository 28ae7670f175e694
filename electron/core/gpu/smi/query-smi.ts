import type { SmiCommand } from '../types.ts';
import { type Ending, startSmi } from './smi-child.ts';

export interface Answer extends Ending {
  stdout: string;
  /** It took too long and was ended. */
  late: boolean;
}

/** More than any list is long; a program that never stops talking must not fill memory. */
const MOST_CHARS = 1_000_000;

/**
 * Asks nvidia-smi once. An answer that takes longer than `timeoutMs` is ended, as it is by the signal; what exceeds
 * `most` characters is cut off. Never rejects.
 */
export async function askSmi(
  smi: SmiCommand,
  words: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
  most = MOST_CHARS,
): Promise<Answer> {
  let stdout = '';
  let late = false;
  const child = startSmi(smi, words, (text) => {
    if (stdout.length < most) stdout += text;
  });
  const timer = setTimeout(() => {
    late = true;
    child.end();
  }, timeoutMs);
  signal.addEventListener('abort', child.end);
  if (signal.aborted) child.end();
  const ending = await child.gone;
  clearTimeout(timer);
  signal.removeEventListener('abort', child.end);
  return { ...ending, stdout, late };
}
