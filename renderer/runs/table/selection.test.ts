import { expect, it } from 'vitest';
import { toggled } from './selection.ts';

const idAt = (index: number) => (index === 2 ? undefined : String(index));

it('toggles one row, or a range in either direction, and skips rows that are not loaded', () => {
  const one = toggled(new Set(), 3, 3, idAt);
  expect([...one]).toEqual(['3']);
  const range = toggled(one, 3, 0, idAt);
  expect([...range]).toEqual(['3', '1', '0']);
  expect([...toggled(range, 0, 3, idAt)]).toEqual([]);
});
