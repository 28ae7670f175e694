export type Words = { ok: true; words: string[] } | { ok: false; problem: 'quote' | 'backslash' };

/** The characters that a backslash escapes between double quotes, as in a shell. */
const ESCAPED = '"\\$`';

/**
 * Splits a line into words as a POSIX shell would: only quotes and backslashes have a meaning; variables, ~ and
 * patterns are not expanded. On Windows a backslash is an ordinary character, because every path contains it.
 */
export function splitWords(line: string, windows = false): Words {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let i = 0; i < line.length; i += 1) {
    const character = line[i] ?? '';
    const next = line[i + 1];
    if (character === quote) quote = null;
    else if (quote === null && /["']/.test(character)) {
      quote = character;
      word ??= '';
    } else if (quote === null && /\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === '\\' && !windows && escapes(quote, next)) {
      if (next === undefined) return { ok: false, problem: 'backslash' };
      word = (word ?? '') + next;
      i += 1;
    } else word = (word ?? '') + character;
  }
  if (quote !== null) return { ok: false, problem: 'quote' };
  if (word !== null) words.push(word);
  return { ok: true, words };
}

const escapes = (quote: string | null, next: string | undefined) =>
  quote === null || (quote === '"' && next !== undefined && ESCAPED.includes(next));

/** Quotes a word so that splitWords and a shell read it back unchanged. */
export const quoteWord = (word: string) =>
  /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;

export const joinWords = (words: readonly string[]) => words.map(quoteWord).join(' ');
