import { expect, it } from 'vitest';
import { movedBy } from './use-keys.ts';

const span = { from: 1_000, to: 2_000 };
const press = (key: string, time: number | null, fast = false) => movedBy(key, fast, time, span, 5);

it('begins at the newest column, moves by one and with Shift by ten, and stays inside', () => {
  expect(press('ArrowLeft', null)).toBe(1_995);
  expect(press('ArrowRight', 1_500)).toBe(1_505);
  expect(press('ArrowLeft', 1_500, true)).toBe(1_450);
  expect(press('PageUp', 1_500)).toBe(1_450);
  expect(press('PageDown', 1_990)).toBe(2_000);
  expect(press('ArrowLeft', 1_002)).toBe(1_000);
  // The cursor was out of a range that has moved on.
  expect(press('ArrowLeft', 10)).toBe(1_995);
});

it('goes to the edges, and is removed by Escape, which else belongs to the page', () => {
  expect([press('Home', 1_500), press('End', null)]).toEqual([1_000, 2_000]);
  expect([press('Escape', 1_500), press('Escape', null), press('a', 1_500)]).toEqual([null, undefined, undefined]);
});
