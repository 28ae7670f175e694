import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextTail } from './text-tail.ts';

const piece = fc.oneof(
  fc.constantFrom('line\r\n', '\n', '\x1b[31m', 'a'),
  fc.string({ maxLength: 30 }),
  fc.integer({ min: 1, max: 20_000 }).map((size) => 'x'.repeat(size)),
);

describe('the tail of a text', () => {
  it('is its end, within the limit, and counts exactly what gave way', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 0, max: 30_000 }), (texts, limit) => {
        const tail = createTextTail(limit);
        for (const text of texts) tail.push(text);
        const all = texts.join('');
        const kept = tail.pieces().join('');
        expect(all.endsWith(kept)).toBe(true);
        expect(kept.length).toBeLessThanOrEqual(limit);
        expect([tail.length(), tail.dropped(), tail.dropped()]).toEqual([kept.length, all.length - kept.length, 0]);
      }),
    );
  });

  it('begins with a line where it can', () => {
    const tail = createTextTail(20);
    tail.push('first line\nsecond line\nthird\n');
    expect(tail.pieces()).toEqual(['second line\nthird\n']);
  });

  it('is taken from its oldest end, piece by piece, without loss', () => {
    fc.assert(
      fc.property(fc.array(piece), fc.array(fc.integer({ min: 1, max: 30_000 })), (texts, sizes) => {
        const tail = createTextTail(10 ** 9);
        for (const text of texts) tail.push(text);
        const taken = sizes.map((size) => tail.take(size).join(''));
        expect(taken.join('') + tail.pieces().join('')).toBe(texts.join(''));
        for (const [i, text] of taken.entries()) {
          const size = sizes[i] ?? 0;
          expect(text.length >= size || tail.length() === 0).toBe(true);
        }
      }),
    );
  });

  it('of very many very small pieces is a few', () => {
    const tail = createTextTail(100_000);
    for (let i = 0; i < 300_000; i += 1) tail.push('.');
    expect(tail.length()).toBeLessThanOrEqual(100_000);
    expect(tail.length()).toBeGreaterThan(90_000);
    expect(tail.pieces().length).toBeLessThan(20);
  });
});
