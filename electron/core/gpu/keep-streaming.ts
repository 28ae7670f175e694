import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, askSmi } from './ask.ts';
import { type Fault, faultOf, silent, tooOld } from './faults.ts';
import { isEnough, negotiate } from './negotiate.ts';
import type { StreamField } from './row.ts';
import { type StreamOptions, streamOnce } from './stream.ts';

const HELP_TIMEOUT_MS = 15_000;
const AGAIN_MS = 250;
const MOST_MS = 5_000;
/** A stream that lived this long was in order: what ended it is a new matter. */
const HEALTHY_MS = 10_000;

/** Milliseconds to wait after so many failures in a row: a moment after a good stream, then 1, 2, 4, 5, 5 ... seconds. */
export const retryDelay = (failures: number) =>
  failures === 0 ? AGAIN_MS : Math.min(MOST_MS, 1_000 * 2 ** Math.min(failures - 1, 10));

/** Keeps one nvidia-smi stream alive until the signal; resolves when the last child is gone. Never rejects. */
export async function keepStreaming(options: StreamOptions, signal: AbortSignal): Promise<void> {
  let fields: StreamField[] | null = null;
  let failures = 0;
  while (!signal.aborted) {
    fields ??= await agree(options, signal);
    const began = performance.now();
    if (fields && !signal.aborted) {
      const { exitCode } = await streamOnce(options, fields, signal);
      // Another driver since then may know other fields.
      if (exitCode === 2) fields = null;
    }
    failures = performance.now() - began >= HEALTHY_MS ? 0 : failures + 1;
    await sleep(retryDelay(failures), undefined, { signal }).catch(() => undefined);
  }
}

/** The fields that both sides know: asked for once, and kept for every later stream. */
async function agree({ smi, onFault }: StreamOptions, signal: AbortSignal): Promise<StreamField[] | null> {
  const answer = await askSmi(smi, ['--help-query-gpu'], HELP_TIMEOUT_MS, signal);
  const fields = negotiate(answer.stdout);
  if (answer.exitCode === 0 && isEnough(fields)) return fields;
  if (!signal.aborted) onFault(helpFault(answer));
  return null;
}

function helpFault(answer: Answer): Fault {
  if (answer.late) return silent;
  return answer.exitCode === 0 ? tooOld : faultOf(answer, answer.stdout);
}
