import type { CevalResult } from '#contract';
import type { Tests } from '../items/tests.ts';

/** By subject, of the questions that are answered so far. */
export function subjectStatistics({ kind, list }: Tests): CevalResult['subject_statistics'] {
  const scores = new Map<string, number[]>();
  if (kind === 'ceval')
    for (const { item } of list) scores.set(item.subject, [...(scores.get(item.subject) ?? []), item.score]);
  return Object.fromEntries(
    [...scores].map(([name, all]) => [
      name,
      { count: all.length, accuracy: all.reduce((sum, one) => sum + one, 0) / all.length },
    ]),
  );
}
