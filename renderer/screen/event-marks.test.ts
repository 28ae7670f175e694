import fc from 'fast-check';
import { expect, it } from 'vitest';
import { lettersOf, rowsFor } from './event-marks.tsx';

const area = { x: 40, width: 600 };
const mark = fc.record({ at: fc.integer({ min: 0, max: 640 }), letters: fc.integer({ min: 3, max: 14 }) });

it('lets no word lie over another, nor past the right edge', () => {
  fc.assert(
    fc.property(fc.array(mark, { maxLength: 30 }), (marks) => {
      const rows = rowsFor(marks, area).filter(({ row }) => row !== null);
      for (const [i, one] of rows.entries()) {
        expect(one.to).toBeLessThanOrEqual(area.x + area.width);
        for (const other of rows.slice(i + 1))
          if (one.row === other.row) expect(one.to <= other.from || other.to <= one.from).toBe(true);
      }
    }),
  );
});

it('writes the newest where there is no room for all, and nothing for what has left the chart', () => {
  const rows = rowsFor(
    Array.from({ length: 5 }, () => ({ at: 300, letters: 7 })),
    area,
  );
  expect(rows.map(({ row }) => row)).toEqual([null, null, 2, 1, 0]);
  expect(rowsFor([{ at: 10, letters: 7 }], area)[0]?.row).toBeNull();
});

it('gives a Chinese character the room of two letters', () => {
  expect(lettersOf('run ended')).toBe(9);
  expect(lettersOf('显存不足')).toBe(8);
  expect(lettersOf('运行 2')).toBe(6);
});
