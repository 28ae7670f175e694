import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { limitSchema, limitText } from './limit.ts';
import { readTypedLimit } from './typed-limit.ts';

const taken: [string, number | string][] = [
  ['80', 0.8],
  ['80 %', 0.8],
  ['80%', 0.8],
  ['８０％', 0.8],
  ['0.8', 0.8],
  ['0,8', 0.8],
  ['.5', 0.5],
  ['1', 1],
  ['100', 1],
  ['10', 0.1],
  ['1 %', 0.01],
  ['0', 0],
  ['off', 0],
  ['不限制', 0],
  ['22 GiB', '22GiB'],
  ['22GiB', '22GiB'],
  ['22 gib', '22GiB'],
  ['22 GB', '22GB'],
  ['22,5 GiB', '22.5GiB'],
  ['at most 22 GiB', '22GiB'],
  ['最多 22 GiB', '22GiB'],
  ['leave 2 GiB', '-2GiB'],
  ['Leave 2 GiB free', '-2GiB'],
  ['keep 2GiB free', '-2GiB'],
  ['-2GiB', '-2GiB'],
  ['− 2 GiB', '-2GiB'],
  ['保留 2 GiB', '-2GiB'],
  ['预留２GiB', '-2GiB'],
  ['leave 20 %', 0.8],
];

describe('a typed limit', () => {
  it.each(taken)('%s', (text, limit) => expect(readTypedLimit(text)).toEqual({ limit }));

  it.each([
    '',
    '2',
    '9.5',
    '101',
    '-5',
    'leave 100 %',
    'leave 99.999999 %',
    'leave 20',
    'leave',
    '0.8 GiB free',
    '22 TiB',
    '22g',
    '512 m',
    '-80%',
    '1e1 %',
  ])('is refused with a sentence where it may mean two things, or nothing: %s', (text) =>
    expect(readTypedLimit(text)).toHaveProperty('problem.text'),
  );

  it('takes all that the variable takes, with the same meaning', () => {
    const sizes = fc.tuple(
      fc.constantFrom('', '-'),
      fc.integer({ min: 1, max: 4_000 }),
      fc.constantFrom('MiB', 'GiB', 'MB', 'GB'),
    );
    const texts = fc.oneof(
      fc.double({ min: 0, max: 1, noNaN: true }).map(String),
      fc.integer({ min: 0, max: 100 }).map((percent) => `${percent} %`),
      sizes.map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(texts, (text) => {
        const strict = limitSchema.safeParse(text);
        const typed = readTypedLimit(text);
        if (strict.success) expect(typed).toEqual({ limit: strict.data });
      }),
    );
  });

  it('reads what is shown as the limit that it shows', () => {
    const limits = fc.oneof(
      fc.integer({ min: 1, max: 1_000 }).map((thousandths) => thousandths / 1_000),
      fc.integer({ min: 1, max: 999 }).map((size) => `${size}GiB`),
      fc.integer({ min: 1, max: 999 }).map((size) => `-${size}MiB`),
    );
    fc.assert(
      fc.property(limits, (limit) => {
        expect(readTypedLimit(limitText(limit))).toEqual({ limit });
      }),
    );
  });
});
