import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOf, roundedUp, waitText } from './size.ts';

it.each([
  ['18', 18 * 2 ** 30],
  [' 18 gib ', 18 * 2 ** 30],
  ['1.5GB', 1.5e9],
  ['512MiB', 512 * 2 ** 20],
  ['0', null],
  ['', null],
  ['-3', null],
  ['eighteen', null],
  ['18 TiB', null],
])('reads %j as %j bytes', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes);
});

it('never rounds a peak down', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 41 }), (bytes) => (bytesOf(roundedUp(bytes)) ?? 0) >= bytes),
    { numRuns: 200 },
  );
});

it('writes sizes as the backend does', () => {
  expect([18 * 2 ** 30, 12.34 * 2 ** 30, 180 * 2 ** 20].map(waitText)).toEqual(['18 GiB', '12.3 GiB', '180 MiB']);
});
