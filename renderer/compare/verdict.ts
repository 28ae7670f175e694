import type { Comparison } from '#contract';

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
