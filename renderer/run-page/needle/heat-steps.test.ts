import { expect, it } from 'vitest';
import { steps } from './heat-steps.ts';

const keys = [
  ['a', null, 'c'],
  ['d', 'e', 'f'],
];

it.each([
  ['a', 'ArrowRight', 'c'],
  ['c', 'ArrowLeft', 'a'],
  ['a', 'ArrowDown', 'd'],
  ['e', 'ArrowUp', null],
  ['f', 'ArrowRight', null],
  ['e', 'Home', 'd'],
  ['d', 'End', 'f'],
  ['d', 'x', null],
  ['gone', 'ArrowUp', null],
])('%s and %s leads to %s', (key, pressed, next) => {
  expect(steps(keys, key, pressed)).toBe(next);
});
