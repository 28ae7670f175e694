import { expect, it } from 'vitest';
import { isSlow } from './slow-step.ts';

const step = (endedAt: number | null) => ({ name: 'imports' as const, startedAt: 1_000, endedAt });

it('marks a step in progress as slow after three times its usual duration', () => {
  expect(isSlow(step(null), 1_000 + 1_500, 500)).toBe(false);
  expect(isSlow(step(null), 1_000 + 1_501, 500)).toBe(true);
  expect(isSlow(step(9_000), 9_000, 500)).toBe(false);
});

it('marks no step that is shorter than a second or has no usual duration', () => {
  expect(isSlow(step(null), 1_900, 10)).toBe(false);
  expect(isSlow(step(null), 60_000, undefined)).toBe(false);
});
