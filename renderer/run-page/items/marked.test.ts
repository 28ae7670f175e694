import fc from 'fast-check';
import { expect, it } from 'vitest';
import { markedPieces } from './marked.ts';

it('marks what was hidden, and leaves every other character as it was', () => {
  expect(markedPieces('The number is 53 (53.1).', ['53', '53.1'])).toEqual([
    { text: 'The number is ', isMarked: false },
    { text: '53', isMarked: true },
    { text: ' (', isMarked: false },
    { text: '53.1', isMarked: true },
    { text: ').', isMarked: false },
  ]);
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string(), { maxLength: 3 }), (text, marks) => {
      const pieces = markedPieces(text, marks);
      expect(pieces.map((piece) => piece.text).join('')).toBe(text);
      for (const piece of pieces) if (piece.isMarked) expect(marks).toContain(piece.text);
    }),
  );
});
