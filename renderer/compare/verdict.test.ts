import { expect, it } from 'vitest';
import type { Comparison } from '#contract';
import { pText, signed, verdictOf } from './verdict.ts';

const against = (better: number, worse: number, same: number, p: number | null): Comparison['against'][number] => ({
  req_id: 'b',
  pairs: { better, worse, same, difference: better - worse, interval: null, test: 'mcnemar', p },
  p_adjusted: p,
  reason: null,
  left_out: 0,
  differences: [],
});

it('says which is better only where the test tells them apart', () => {
  const words = (...given: Parameters<typeof against>) => verdictOf(against(...given), ['A', 'B'])?.words;
  expect(words(41, 3, 16, 0.01)).toBe('better');
  expect(words(3, 41, 16, 0.01)).toBe('worse');
  expect(words(5, 3, 16, 0.4)).toBe('undecided');
  expect(words(0, 0, 16, 1)).toBe('same');
  expect(words(5, 3, 16, null)).toBe('noP');
  expect(verdictOf(against(41, 3, 16, 0.01), ['A', 'B'])?.values).toMatchObject({ all: 60, p: '= 0.010' });
});

it('writes p and differences as the field does', () => {
  expect([pText(0.0004), pText(0.0123), pText(1)]).toEqual(['< 0.001', '= 0.012', '= 1']);
  expect([signed(0.061), signed(-0.5), signed(-0.001)]).toEqual(['+0.06', '−0.50', '0.00']);
});
