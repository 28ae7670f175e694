import { expect, it } from 'vitest';
import { isSlow } from './step-times.ts';

const step = (endedAt: number | null) => ({ name: 'imports' as const, startedAt: 1_000, endedAt });

it('warns of a step that takes three times its usual, while it is on', () => {
  expect(isSlow(step(null), 1_000 + 1_500, 500)).toBe(false);
  expect(isSlow(step(null), 1_000 + 1_501, 500)).toBe(true);
  expect(isSlow(step(9_000), 9_000, 500)).toBe(false);
});

it('says nothing of what nobody would notice, or what is not known', () => {
  expect(isSlow(step(null), 1_900, 10)).toBe(false);
  expect(isSlow(step(null), 60_000, undefined)).toBe(false);
});
