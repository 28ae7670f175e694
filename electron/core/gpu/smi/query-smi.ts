import type { SmiCommand } from '../types.ts';
import { type Ending, startSmi } from './smi-child.ts';

export interface SmiAnswer extends Ending {
  stdout: string;
  /** It was terminated after the timeout. */
  timedOut: boolean;
}

/** Longer than any list; endless output must not fill memory. */
const MAX_CHARS = 1_000_000;

/**
 * Runs nvidia-smi once. The timeout and the signal terminate it; output beyond `maxChars` is truncated. Never rejects:
 * a failure is in the answer.
 */
export async function querySmi(
  smi: SmiCommand,
  args: readonly string[],
  timeoutMs: number,
  signal: AbortSignal,
  maxChars = MAX_CHARS,
): Promise<SmiAnswer> {
  let stdout = '';
  let timedOut = false;
  const child = startSmi(smi, args, (text) => {
    if (stdout.length < maxChars) stdout += text;
  });
  const timer = setTimeout(() => {
    timedOut = true;
    child.end();
  }, timeoutMs);
  signal.addEventListener('abort', child.end);
  if (signal.aborted) child.end();
  const ending = await child.exited;
  clearTimeout(timer);
  signal.removeEventListener('abort', child.end);
  return { ...ending, stdout, timedOut };
}
