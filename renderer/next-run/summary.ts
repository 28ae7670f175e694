import type { TFunction } from 'i18next';
import { type CevalFields, newTokens as cevalTokens } from './ceval/ceval-fields.ts';
import { depthsOf, lengthsOf, type NeedleFields, newTokens as needleTokens } from './needle/needle-fields.ts';

const K = 1_024;
/** So many lengths are listed; more are a range. */
const LISTED = 3;

/** A number of tokens: 1k, 32k, 1,000. */
const tokensText = (tokens: number) =>
  tokens >= K && tokens % K === 0 ? `${tokens / K}k` : tokens.toLocaleString('en-US');

function lengthsText(lengths: readonly number[]): string {
  const ascending = [...new Set(lengths)].sort((a, b) => a - b);
  const shown = ascending.length > LISTED ? [ascending[0], ascending.at(-1)] : ascending;
  return shown.map((tokens) => tokensText(tokens ?? 0)).join(ascending.length > LISTED ? ' … ' : ', ');
}

/** The parameters on one line; null while one is invalid. */
export function needleSummary(fields: NeedleFields, t: TFunction): string | null {
  const lengths = lengthsOf(fields);
  const depths = depthsOf(fields);
  if (!lengths || !depths) return null;
  const factors = [
    lengthsText(lengths),
    t('run.depthCount', { count: new Set(depths).size }),
    t('run.repeatCount', { count: fields.repeats }),
  ];
  return t('run.needleSummary', { cells: factors.join(' × '), tokens: needleTokens(fields) });
}

export function cevalSummary(fields: CevalFields, t: TFunction): string {
  const { subjects, limit, shots, scoring } = fields;
  return [
    subjects.length === 0 ? t('run.everySubject') : t('run.subjectCount', { count: subjects.length }),
    limit === '' ? t('run.everyQuestion') : t('run.questionCount', { count: limit }),
    t('run.shotCount', { count: shots }),
    scoring === 'loglikelihood' ? t('run.byLetters') : t('run.newTokens', { tokens: cevalTokens(fields) }),
  ].join(t('run.summarySeparator'));
}
