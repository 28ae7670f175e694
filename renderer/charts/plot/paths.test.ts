import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Column } from '../feed/series.ts';
import { pathsOf, splitAtGaps, stepsOf } from './paths.ts';

const scale = { x: (time: number) => time / 10, y: (value: number) => 100 - value, gapMs: 25 };
const columnsOf = fc
  .array(fc.record({ step: fc.integer({ min: 1, max: 60 }), min: fc.nat(50), more: fc.nat(50) }))
  .map((steps) => {
    let time = 0;
    return steps.map(({ step, min, more }): Column => {
      time += step;
      return { time, min, max: min + more, mean: min + more / 2 };
    });
  });
const heights = (path: string) => [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map((found) => Number(found[1]));

it('breaks lines at gaps, and only there', () => {
  fc.assert(
    fc.property(columnsOf, (columns) => {
      const pieces = splitAtGaps(columns, scale.gapMs);
      expect(pieces.flat()).toEqual(columns);
      for (const [i, piece] of pieces.entries()) {
        for (const [at, column] of piece.slice(1).entries())
          expect(column.time - (piece[at]?.time ?? 0)).toBeLessThanOrEqual(25);
        const [last, next] = [piece.at(-1), pieces[i + 1]?.[0]];
        if (last && next) expect(next.time - last.time).toBeGreaterThan(25);
      }
      for (const path of Object.values(pathsOf(columns, scale, 100)))
        expect(path.split('M').length - 1).toBe(pieces.length);
    }),
  );
});

it('reaches the minimum and maximum of every column', () => {
  fc.assert(
    fc.property(columnsOf, (columns) => {
      const drawn = heights(pathsOf(columns, scale, 100).band);
      for (const { min, max } of columns) {
        expect(drawn).toContain(100 - min);
        expect(drawn).toContain(100 - max);
      }
    }),
  );
});

it('draws a single column as a dash', () => {
  const alone = [{ time: 100, min: 20, max: 20, mean: 20 }];
  expect(pathsOf(alone, scale, 100)).toMatchObject({ line: 'M10.0 80.0h1', fill: 'M10.0 100L10.0 80.0L10.0 100Z' });
  expect(pathsOf([], scale, 100)).toEqual({ band: '', line: '', fill: '' });
});

it('draws a value that holds in steps, only where it is known', () => {
  const at = (time: number, value: number): Column => ({ time, min: value, max: value, mean: value });
  expect(stepsOf([at(0, 80), at(20, 80), at(40, 50), at(60, 50), at(200, 50)], scale)).toBe(
    'M0.0 20.0H4.0V50.0H6.0M20.0 50.0h1',
  );
  fc.assert(
    fc.property(columnsOf, (columns) => {
      const path = stepsOf(columns, scale);
      expect(path).not.toContain('L');
      expect(path.split('M').length - 1).toBe(splitAtGaps(columns, scale.gapMs).length);
    }),
  );
});
