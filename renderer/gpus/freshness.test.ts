import { describe, expect, it } from 'vitest';
import type { Collection } from '#contract';
import { staleFor } from './freshness.ts';

const collection = (given: Partial<Collection>): Collection => ({
  ...{ askedMs: 500, reachedMs: 520, lastAt: null, restarts: 0, costPercent: null },
  ...given,
});

describe('figures that are too old', () => {
  it.each([
    ['fresh', 1_000, collection({}), null],
    ['three periods of half a second are within a hiccup', 1_900, collection({}), null],
    ['old', 2_100, collection({}), 2_100],
    ['slow, as asked', 14_000, collection({ askedMs: 5_000 }), null],
    ['slow, because it is not reached', 5_000, collection({ reachedMs: 2_000 }), null],
    ['nothing is asked any more', 16_000, collection({ askedMs: null, reachedMs: null }), 16_000],
    ['the clock went back', -3_000, collection({}), null],
  ])('%s', (_, age, told, expected) => {
    expect(staleFor(100_000 + age, 100_000, told)).toBe(expected);
  });

  it('are none where nothing ever came', () => {
    expect(staleFor(1e12, null, collection({}))).toBeNull();
  });
});
