import type { Comparison, Sentence } from '#contract';
import { runName } from '../parts/index.ts';

/** Below this a difference counts as told apart. */
const SIGNIFICANT = 0.05;

type Against = Comparison['against'][number];
export interface Verdict {
  /** The key of the sentence: `compare.verdict.WORDS`. */
  words: 'better' | 'worse' | 'undecided' | 'same' | 'noP';
  values: Record<string, string | number>;
}

/** What the paired test says of one run against the baseline; null where nothing is paired. */
export function verdictOf(
  { pairs, p_adjusted }: Against,
  [baseline, other]: readonly [string, string],
): Verdict | null {
  if (!pairs) return null;
  const { better, worse, same } = pairs;
  const values = { baseline, other, better, worse, same, all: better + worse + same };
  if (better + worse === 0) return { words: 'same', values };
  if (p_adjusted === null) return { words: 'noP', values };
  const shown = { ...values, p: pText(p_adjusted) };
  if (p_adjusted >= SIGNIFICANT) return { words: 'undecided', values: shown };
  return { words: pairs.difference > 0 ? 'better' : 'worse', values: shown };
}

/** Two digits that matter: "0.012", "< 0.001". */
export function pText(p: number): string {
  if (p < 0.001) return '< 0.001';
  return `= ${p >= 0.995 ? '1' : p.toPrecision(2)}`;
}

export const signed = (value: number, digits = 2): string => {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return `${value > 0 ? '+' : '−'}${text}`;
};

/** A, B, C … in the order of the comparison. */
export const letterOf = (index: number): string => String.fromCharCode(65 + index);

type Translate = (key: string, values?: Record<string, unknown>) => string;

/** The verdicts as Markdown, for an issue or a note: which run has which letter, and a line for each against the first. */
export function reportOf({ runs, against }: Comparison, t: Translate, sentence: (one: Sentence) => string): string {
  const names = runs.map((run, i) => {
    const baseline = i === 0 ? ` (${t('compare.baseline')})` : '';
    return `- **${letterOf(i)}**${baseline}: ${runName(run)} \`${run.req_id}\``;
  });
  const verdicts = against.map((one, i) => `- ${verdictText(one, letterOf(i + 1), t, sentence)}`);
  return [names.join('\n'), verdicts.join('\n')].filter(Boolean).join('\n\n');
}

/** One sentence of a run against the baseline, or why there is none. */
export function verdictText(one: Against, letter: string, t: Translate, sentence: (one: Sentence) => string): string {
  const verdict = verdictOf(one, ['A', letter]);
  if (verdict) return t(`compare.verdict.${verdict.words}`, verdict.values);
  return `${letter}: ${one.reason ? sentence(one.reason) : ''}`;
}
