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
    if (signal.aborted || (worker === null && !known)) return;
    known = true;
    if (worker) onWorker(worker);
    const starting = worker?.state === 'starting';
    await pause(starting ? STARTING_MS : SETTLED_MS, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function workerAt(url: string, signal: AbortSignal): Promise<Health['worker'] | null> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
    const length = Number(answer.headers.get('content-length') ?? Number.NaN);
    const isJson = answer.headers.get('content-type')?.startsWith('application/json') ?? false;
    if (!isJson || !(length <= LONGEST_BODY)) {
      await answer.body?.cancel();
      return null;
    }
    return healthSchema.safeParse(await answer.json()).data?.worker ?? null;
  } catch {
    // No answer in time, or not JSON: watchAnswers reports a silent backend.
    return null;
  }
}
