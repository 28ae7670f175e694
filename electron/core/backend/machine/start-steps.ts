import { readFile } from 'node:fs/promises';
import type { StartStep } from '#contract';

/** The steps of a start, in their order; the backend itself tells the end of those in the middle. */
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
/** Of a backend that is not ours. */
export const foreignStepNames: readonly StepName[] = ['environment', 'process', 'ready'];

/** The next list once `done` has ended at `at`: everything before it has ended too, and the step after it has begun. */
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
    // Two processes tell the time: by a hair one may be ahead of the other.
    const endedAt = known?.endedAt ?? (i <= last ? Math.max(at, startedAt) : null);
    next.push({ name, startedAt, endedAt });
    begins = endedAt ?? at;
  }
  // An answer that comes late never takes a step back.
  return next.length < steps.length ? [...steps] : next;
}

export const firstStep = (at: number): StartStep[] => [{ name: 'environment', startedAt: at, endedAt: null }];

/** What the backend has told of its start: each line the name of a step that has ended, and when. */
export async function toldSteps(file: string): Promise<{ name: StepName; at: number }[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    const [word, at] = line.split(' ');
    const name = stepNames.find((known) => known === word);
    return name && at ? [{ name, at: Number(at) }] : [];
  });
}
