import { delimiter } from 'node:path';
import { z } from 'zod';
import { parseJson } from '../../base/index.ts';
import { askSmi } from '../../gpu/index.ts';
import type { CheckPlace } from '../types.ts';

export const factsSchema = z.object({
  python: z.object({ version: z.tuple([z.number(), z.number(), z.number()]), executable: z.string() }),
  packages: z.array(z.object({ name: z.string(), present: z.boolean(), version: z.string().nullable() })),
  torch: z
    .object({ version: z.string().nullable(), cuda: z.string().nullable(), hip: z.string().nullable() })
    .nullable(),
});

export const examinedSchema = z.object({
  state: z.enum(['absent', 'whole', 'damaged', 'locked', 'unreadable']),
  said: z.string().nullable(),
  bytes: z.number(),
});

export const asideSchema = z.object({ state: z.string(), aside: z.string().nullable() });

export type PythonFacts = z.infer<typeof factsSchema>;

/** The answer, or the sentence why there is none. */
export type Asked<T> = { ok: true; value: T } | { ok: false; why: string };

/** `python -m lbs.server.checkup WORDS` in a child of its own: bounded in time and output, ended with all that it started. */
export async function askPython<T>(
  place: Pick<CheckPlace, 'env' | 'python' | 'pythonFolder'>,
  question: { words: readonly string[]; schema: z.ZodType<T>; timeoutMs: number },
  signal: AbortSignal,
): Promise<Asked<T>> {
  const { env, python, pythonFolder } = place;
  const command = {
    command: python,
    args: ['-m', 'lbs.server.checkup'],
    // Ours comes first, and what the backend would find by the person's own PYTHONPATH is found here too.
    env: { ...env, PYTHONPATH: [pythonFolder, env.PYTHONPATH].filter(Boolean).join(delimiter), PYTHONSAFEPATH: '1' },
  };
  const answer = await askSmi(command, question.words, question.timeoutMs, signal);
  if (answer.error?.code === 'ENOENT') return { ok: false, why: `There is no Python at ${python}.` };
  if (answer.error) return { ok: false, why: `${python} cannot be started (${answer.error.message}).` };
  if (answer.late) return { ok: false, why: `${python} did not answer within ${question.timeoutMs / 1_000} s.` };
  const parsed = question.schema.safeParse(parseJson(answer.stdout));
  if (parsed.success) return { ok: true, value: parsed.data };
  const said = answer.stderr.trim().split('\n').at(-1) || `exit code ${answer.exitCode ?? answer.signal}`;
  return { ok: false, why: `${python} cannot say what it has: ${said}` };
}
