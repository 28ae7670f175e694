/** Parses non-negative numbers separated by commas or spaces; null if the text is empty or has anything else. */
export function numbersIn(text: string): number[] | null {
  const numbers = text
    .split(/[\s,，、]+/)
    .filter(Boolean)
    .map(Number);
  return numbers.length > 0 && numbers.every((number) => Number.isFinite(number) && number >= 0) ? numbers : null;
}
