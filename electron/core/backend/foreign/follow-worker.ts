import { setTimeout as pause } from 'node:timers/promises';
import { type Health, healthSchema } from '#contract';

const ANSWER_MS = 2_000;
const STARTING_MS = 500;
const SETTLED_MS = 5_000;
const LONGEST_BODY = 1_000_000;

/**
 * A profile may run a server of Headroom's, whose health says whether its worker can work: reports it until `signal`. Ends at
 * once where the URL answers anything else.
 */
export async function followWorker(
  url: string,
  onWorker: (worker: Health['worker']) => void,
  signal: AbortSignal,
): Promise<void> {
  let known = false;
  while (!signal.aborted) {
    const worker = await workerAt(url, signal);
    if (signal.aborted || (worker === 'other' && !known)) return;
    known ||= worker !== null;
    const found = worker === 'other' ? null : worker;
    if (found) onWorker(found);
    // One that has not answered yet may be busy with its start.
    const starting = !known || found?.state === 'starting';
    await pause(starting ? STARTING_MS : SETTLED_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

/** `other`: not the health of a server of Headroom's; null: no answer. */
async function workerAt(url: string, signal: AbortSignal): Promise<Health['worker'] | 'other' | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    const length = Number(answer.headers.get('content-length') ?? Number.NaN);
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
    if (!isJson || !(length <= LONGEST_BODY)) {
      await answer.body?.cancel();
      return 'other';
    }
    return healthSchema.safeParse(await answer.json()).data?.worker ?? 'other';
  } catch (error) {
    // No answer in time: watchAnswers reports a silent backend.
    return error instanceof SyntaxError ? 'other' : null;
  }
}
