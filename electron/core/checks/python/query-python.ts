import { delimiter, isAbsolute } from 'node:path';
import { z } from 'zod';
import { type Sentence, verbatim } from '#contract';
import { deniedPart } from '../../backend/index.ts';
import { diskAnswers, type Environment, parseJson, pythonEnvironment } from '../../base/index.ts';
import { querySmi } from '../../gpu/index.ts';
import { say } from '../sentences.ts';
import type { CheckPlace } from '../types.ts';

export const factsSchema = z.object({
  python: z.object({ version: z.tuple([z.number(), z.number(), z.number()]), executable: z.string() }),
  packages: z.array(z.object({ name: z.string(), present: z.boolean(), version: z.string().nullable() })),
  torch: z
    .object({ version: z.string().nullable(), cuda: z.string().nullable(), hip: z.string().nullable() })
    .nullable(),
});

const databaseStates = ['absent', 'whole', 'damaged', 'locked', 'unreadable', 'foreign'] as const;

export const databaseSchema = z.object({
  state: z.enum(databaseStates),
  said: z.string().nullable(),
  bytes: z.number(),
});

export const quarantineSchema = z.object({
  state: z.enum([...databaseStates, 'in_use']),
  aside: z.string().nullable(),
});

export type PythonFacts = z.infer<typeof factsSchema>;

/** The answer, or why there is none. */
export type QueryResult<T> = { ok: true; value: T } | { ok: false; reason: Sentence };

/**
 * Runs `python -m lbs.server.checkup ARGUMENTS` in a child process, bounded in time and output; its own children end with it.
 * `env`: instead of that of our own Python.
 */
export async function queryPython<T>(
  place: Pick<CheckPlace, 'env' | 'python' | 'pythonFolder'>,
  query: { args: readonly string[]; schema: z.ZodType<T>; timeoutMs: number; env?: Environment },
  signal: AbortSignal,
): Promise<QueryResult<T>> {
  const { python, pythonFolder } = place;
  if (!(await diskAnswers(python))) return { ok: false, reason: say('pythonDiskSilent', { python }) };
  const env = query.env ?? pythonEnvironment(place.env);
  const command = {
    command: python,
    args: ['-m', 'lbs.server.checkup'],
    // Our folder comes first; the person's own PYTHONPATH applies as it does to the backend.
    env: { ...env, PYTHONPATH: [pythonFolder, env.PYTHONPATH].filter(Boolean).join(delimiter), PYTHONSAFEPATH: '1' },
  };
  const answer = await querySmi(command, query.args, query.timeoutMs, signal);
  if (answer.error?.code === 'ENOENT') return { ok: false, reason: say('noPython', { python }) };
  const part = answer.error?.code === 'EACCES' && isAbsolute(python) ? deniedPart(python) : null;
  if (part !== null) return { ok: false, reason: say('pythonDenied', { python, part }) };
  if (answer.error) return { ok: false, reason: say('pythonCannotStart', { python, reason: answer.error.message }) };
  if (answer.timedOut) return { ok: false, reason: say('pythonSilent', { python, seconds: query.timeoutMs / 1_000 }) };
  const parsed = query.schema.safeParse(parseJson(answer.stdout));
  if (parsed.success) return { ok: true, value: parsed.data };
  const lastLine = answer.stderr.trim().split('\n').at(-1);
  const reason = lastLine ? verbatim(lastLine) : say('exitCode', { code: answer.exitCode ?? answer.signal ?? '?' });
  return { ok: false, reason: say('pythonFails', { python, reason }) };
}
