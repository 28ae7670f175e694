/** The text in pieces: those that are one of `marks`, and the rest between them. The longest mark wins. */
export function markedPieces(text: string, marks: readonly string[]): { text: string; isMarked: boolean }[] {
  const known = [...new Set(marks)].filter(Boolean).sort((a, b) => b.length - a.length);
  if (known.length === 0) return [{ text, isMarked: false }];
  const pattern = new RegExp(`(${known.map((mark) => mark.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`);
  return text
    .split(pattern)
    .map((piece, at) => ({ text: piece, isMarked: at % 2 === 1 }))
    .filter((piece) => piece.text !== '');
}
