/** Numbers as a person lists them, with commas or blanks; null where anything else stands there, or nothing. */
export function numbersIn(text: string): number[] | null {
  const words = text.split(/[\s,，、]+/).filter(Boolean);
  const numbers = words.map(Number);
  return numbers.length > 0 && numbers.every((number) => Number.isFinite(number) && number >= 0) ? numbers : null;
}
