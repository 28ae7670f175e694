export type Words = { ok: true; words: string[] } | { ok: false; problem: 'quote' | 'backslash' };

/** Behind a backslash between double quotes only these stand for themselves, as in a shell. */
const ESCAPED = '"\\$`';

/**
 * A line as the words that a POSIX shell would make of it: quotes and backslashes, and nothing else. No variable, no ~
 * and no pattern is expanded. On Windows a backslash is a character as any other: it stands in every path there.
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

/** One word so that splitWords, and a shell, give it back. */
export const quoteWord = (word: string) =>
  /^[\w.,:/@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;

export const joinWords = (words: readonly string[]) => words.map(quoteWord).join(' ');
