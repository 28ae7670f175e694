import { readFile } from 'node:fs/promises';
import { type Sentence, type StartStep, sentenceSchema } from '#contract';
import { parseJson } from '../../base/index.ts';

/** The steps of a start in order; the backend itself reports the end of the middle ones. */
export type StepName = StartStep['name'];
export const stepNames: readonly StepName[] = [
  'environment',
  'interpreter',
  'imports',
  'database',
  'port',
  'ready',
  'worker',
];
/** The steps of a foreign backend. */
export const foreignStepNames: readonly StepName[] = ['environment', 'process', 'ready'];

/** The list after `done` has finished at `at`: all steps before it have finished too, and the next one has begun. */
export function advance(
  steps: readonly StartStep[],
  done: StepName,
  at: number,
  names: readonly StepName[] = stepNames,
): StartStep[] {
  const last = names.indexOf(done);
  const next: StartStep[] = [];
  let begins = steps[0]?.startedAt ?? at;
  for (const [i, name] of names.slice(0, last + 2).entries()) {
    const known = steps[i];
    const startedAt = known?.startedAt ?? begins;
    // Two processes read the clock: one may be slightly ahead of the other.
    const endedAt = known?.endedAt ?? (i <= last ? Math.max(at, startedAt) : null);
    next.push({ name, startedAt, endedAt });
    begins = endedAt ?? at;
  }
  // A late report never takes a step back.
  return next.length < steps.length ? [...steps] : next;
}

export const firstStep = (at: number): StartStep[] => [{ name: 'environment', startedAt: at, endedAt: null }];

/** The steps that the backend reports: each line has the name of a finished step and its time. */
export async function reportedSteps(file: string): Promise<{ name: StepName; at: number }[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [word, at] = line.split(' ');
    const name = stepNames.find((known) => known === word);
    return name && at ? [{ name, at: Number(at) }] : [];
  });
}

const REFUSED = 'refused ';

/** The sentence with which the backend refused to start, from the same file; null where it did not. */
export async function reportedRefusal(file: string): Promise<Sentence | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const line = text.split('\n').findLast((one) => one.startsWith(REFUSED));
  return sentenceSchema.safeParse(parseJson(line?.slice(REFUSED.length) ?? '')).data ?? null;
}
