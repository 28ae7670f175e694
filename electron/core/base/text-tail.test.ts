import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTextTail } from './text-tail.ts';

const piece = fc.oneof(
  fc.constantFrom('line\r\n', '\n', '\x1b[31m', 'a', '中文🙂'),
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc.integer({ min: 1, max: 20_000 }).map((size) => 'x'.repeat(size)),
);
const limit = fc.integer({ min: 1, max: 30_000 });

describe('the tail of a text', () => {
  it('is its end, within the limit, and counts exactly what gave way', () => {
    fc.assert(
      fc.property(fc.array(piece), limit, (texts, most) => {
        const tail = createTextTail(most);
        for (const text of texts) tail.push(text);
        const all = texts.join('');
        const kept = tail.text();
        expect(all.endsWith(kept)).toBe(true);
        expect(kept.length).toBeLessThanOrEqual(most);
        expect([tail.length(), tail.dropped(), tail.dropped()]).toEqual([kept.length, all.length - kept.length, 0]);
      }),
      { numRuns: 500 },
    );
  });

  it('gives away little more than it must', () => {
    const tail = createTextTail(10_000);
    for (let i = 0; i < 1_000; i += 1) tail.push(`line ${i} ${'x'.repeat(90)}\n`);
    expect(tail.length()).toBeGreaterThan(9_800);
  });

  it('begins with a line where it can', () => {
    const tail = createTextTail(20);
    tail.push('first line\n');
    tail.push('second\nthird\n');
    expect(tail.text()).toBe('second\nthird\n');
  });

  it('is taken from its oldest end without loss, while more is pushed', () => {
    const step = fc.oneof(piece, fc.integer({ min: 1, max: 30_000 }));
    fc.assert(
      fc.property(fc.array(step), limit, (steps, most) => {
        const tail = createTextTail(most);
        let pushed = '';
        let gone = 0;
        for (const one of steps) {
          if (typeof one === 'string') {
            pushed += one;
            tail.push(one);
            gone += tail.dropped();
          } else {
            const taken = tail.take(one);
            expect(taken.length).toBeLessThanOrEqual(one);
            expect(pushed.slice(gone, gone + taken.length)).toBe(taken);
            gone += taken.length;
          }
        }
        expect(pushed.slice(gone)).toBe(tail.text());
      }),
      { numRuns: 500 },
    );
  });

  it('is taken by whole lines where it can', () => {
    const tail = createTextTail(100);
    tail.push('one\ntwo\nthree, which is long');
    expect([tail.take(10), tail.take(5), tail.take(100)]).toEqual(['one\ntwo\n', 'three', ', which is long']);
  });
});
