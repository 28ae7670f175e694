import { useTranslation } from 'react-i18next';
import type { Run } from '#contract';
import { meanOf, type Tests } from '../items/tests.ts';
import { resultsOf } from '../results.ts';

interface Score {
  /** As it is written large. */
  text: string;
  /** Its error, and what it counts. */
  about: string;
  /** False while items are missing: the run is in progress, failed or was cancelled. */
  isFinal: boolean;
}

/** Null before the first item. */
export function useScore(run: Run, tests: Tests): Score | null {
  const { t } = useTranslation();
  const parts = (texts: (string | false | null | undefined)[]) => texts.filter(Boolean).join(' · ');
  const needle = resultsOf(run).needle;
  if (needle) {
    const { overall_statistics: overall, total_tests: count, repeats, truncated_tests: truncated } = needle;
    const stderr = (overall as { stderr?: unknown }).stderr;
    const [low, high] = overall.interval ?? [];
    return {
      text: needle.score.toFixed(2),
      about: parts([
        typeof stderr === 'number' && `± ${stderr.toFixed(2)}`,
        low !== undefined &&
          high !== undefined &&
          t('runs.needle.interval', { low: low.toFixed(2), high: high.toFixed(2) }),
        t('runPage.answers', { count }),
        repeats !== undefined && t('runPage.repeats', { count: repeats }),
        truncated !== undefined && t('runPage.cutOff', { count: truncated }),
      ]),
      isFinal: true,
    };
  }
  const ceval = resultsOf(run).ceval;
  if (ceval) {
    const stderr = ceval.averages.overall?.stderr;
    return {
      text: `${(100 * ceval.accuracy).toFixed(1)} %`,
      about: parts([
        stderr != null && `± ${(100 * stderr).toFixed(1)} %`,
        t('runPage.questions', { count: ceval.total_tests }),
        t('runs.batch', { count: ceval.batch_size }),
        t('runs.unanswered', { count: ceval.unanswered }),
        t('runs.truncated', { count: ceval.truncated }),
      ]),
      isFinal: true,
    };
  }
  const result = resultsOf(run).common;
  if (result) return { text: result.score.toFixed(2), about: '', isFinal: true };
  const mean = meanOf(tests);
  if (mean === null) return null;
  const count = tests.list.length;
  const share =
    run.total_items > 0 ? t('runPage.of', { count, total: run.total_items }) : t('runPage.answers', { count });
  return {
    text: tests.kind === 'ceval' ? `${(100 * mean).toFixed(1)} %` : mean.toFixed(2),
    about: share,
    isFinal: false,
  };
}
