import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { sentenceSchema, verbatim } from '#contract';
import { say } from '../sentences.ts';
import { type CheckPlace, type Found, ok, unknown } from '../types.ts';
import { type PythonFacts, type QueryResult, queryPython } from './query-python.ts';

/** Longer than one try of the imports, which then runs again without one variable after the other. */
export const IMPORTS_MS = 180_000;
const WORKER_MS = 30_000;
const POLL_MS = 200;

const answerSchema = z.object({ failure: z.object({ module: z.string(), sentence: sentenceSchema }).nullable() });

/**
 * Whether the worker's packages can be imported in the backend's environment. A worker that runs has imported them; without one,
 * a child process imports them for real.
 */
export async function checkImports(
  place: CheckPlace,
  facts: QueryResult<PythonFacts>,
  signal: AbortSignal,
): Promise<Found> {
  const worker = await settledWorker(place, signal);
  if (worker?.state === 'idle' || worker?.state === 'loading' || worker?.state === 'running')
    return ok(say('importsByWorker'));
  const { python, env } = place.backend();
  if (worker?.state === 'failed' && worker.error?.code.startsWith('lbs.imports.'))
    return { state: 'failed', sentence: worker.error };
  if (python === place.python) {
    if (!facts.ok) return unknown(say('pythonUnknown'));
    const missing = facts.value.packages.filter(({ present }) => !present).map(({ name }) => name);
    if (missing.length > 0) return unknown(say('importsNeedPackages', { names: missing.join(', ') }));
  }
  const query = { args: ['--imports'], schema: answerSchema, timeoutMs: IMPORTS_MS, env };
  const result = await queryPython({ ...place, python }, query, signal);
  if (!result.ok) return { state: 'failed', sentence: result.reason };
  const { failure } = result.value;
  if (failure) return { state: 'failed', sentence: failure.sentence, detail: [verbatim(python)] };
  return ok(say('imports'), [verbatim(python)]);
}

/** The worker once it has started or failed; null where there is none. */
async function settledWorker({ worker }: CheckPlace, signal: AbortSignal) {
  const until = Date.now() + WORKER_MS;
  while (worker()?.state === 'starting' && Date.now() < until && !signal.aborted)
    await pause(POLL_MS, undefined, { signal }).catch(() => undefined);
  return worker();
}
