import fc from 'fast-check';
import { expect, it } from 'vitest';
import { runSortKeys, runStates } from '#contract';
import { filterOf, isFiltered, placeText, type RunsPlace, readPlace, writePlace } from './runs-place.ts';

const texts = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 3 });
const place: fc.Arbitrary<RunsPlace> = fc.record({
  search: fc.string(),
  models: texts,
  datasets: texts,
  states: fc.uniqueArray(fc.constantFrom(...runStates)),
  tags: texts,
  dtypes: texts,
  limits: texts,
  week: fc.boolean(),
  sort: fc.record({ by: fc.constantFrom(...runSortKeys), descending: fc.boolean() }),
});

it('comes back from its address, and leaves the rest of the address alone', () => {
  fc.assert(
    fc.property(place, (value) => {
      const query = writePlace(value, new URLSearchParams('chart=power&q=old'));
      expect(readPlace(new URLSearchParams(query.toString()))).toEqual(value);
      expect(query.get('chart')).toBe('power');
      expect(readPlace(new URLSearchParams(placeText(value)))).toEqual(value);
    }),
  );
});

it('reads any address, and asks for nothing where it says nothing', () => {
  const empty = readPlace(new URLSearchParams('states=nonsense&sort=--x'));
  expect(empty.states).toEqual([]);
  expect(empty.sort).toEqual({ by: 'created_at', descending: true });
  expect(isFiltered(empty)).toBe(false);
  expect(filterOf({ ...empty, week: true }, 1_000_000)).toMatchObject({ since: 395_200 });
});
