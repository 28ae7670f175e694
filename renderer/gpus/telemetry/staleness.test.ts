import { describe, expect, it } from 'vitest';
import type { Collection } from '#contract';
import { staleFor } from './staleness.ts';

const collection = (given: Partial<Collection>): Collection => ({
  askedMs: 500,
  reachedMs: 520,
  lastAt: null,
  restarts: 0,
  costPercent: null,
  ...given,
});

describe('stale samples', () => {
  it.each([
    ['fresh', 1_000, collection({}), null],
    ['three intervals of half a second are not stale yet', 1_900, collection({}), null],
    ['stale', 2_100, collection({}), 2_100],
    ['a long interval, as requested', 14_000, collection({ askedMs: 5_000 }), null],
    ['a long interval, because the requested one is not reached', 5_000, collection({ reachedMs: 2_000 }), null],
    ['polling has stopped', 16_000, collection({ askedMs: null, reachedMs: null }), 16_000],
    ['the clock was set back', -3_000, collection({}), null],
  ])('%s', (_, age, reported, expected) => {
    expect(staleFor(100_000 + age, 100_000, reported)).toBe(expected);
  });

  it('do not exist before the first sample', () => {
    expect(staleFor(1e12, null, collection({}))).toBeNull();
  });
});
