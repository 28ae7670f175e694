import { isSecretName, isSecretValue } from './names.ts';

/** `NAME=`, `"name": `, `name: Bearer `: a name and the quote that opens its value, if any. */
const HEAD =
  /(?<![\w.-])(?:-{0,2})([A-Za-z_][\w.-]{1,80})(?:\\*["'`])?\s{0,4}[=:]\s{0,4}(\\*["'`])?(?:(?:Bearer|Basic|Token)\s+)?/dg;
/** `--api-key VALUE` */
const OPTION = /(?<![\w-])--?([A-Za-z][\w-]{1,80})\s+(["'`])?(?=[^\s-])/dg;
const LONGEST_VALUE = 4_096;

/** The ranges of values that have a secret's name. */
export function assignedSecrets(text: string): [number, number][] {
  return [HEAD, OPTION].flatMap((head) => {
    let end = 0;
    return [...text.matchAll(head)].flatMap((match): [number, number][] => {
      const [all, name = '', quote] = match;
      const from = match.index + all.length;
      // A part of the last value, which ends where this one does.
      if ((!quote && from < end) || !isSecretName(name)) return [];
      const to = from + valueLength(text.slice(from, from + LONGEST_VALUE), quote);
      const isOption = all.startsWith('-');
      if (!isSecretValue(name, text.slice(from, to), isOption)) return [];
      end = to;
      return [[from, to]];
    });
  });
}

/** A quoted value ends at its quote; any other at a blank or at what separates fields. */
function valueLength(rest: string, quote: string | undefined): number {
  const line = rest.search(/[\r\n]/);
  const most = line < 0 ? rest.length : line;
  const end = quote ? rest.indexOf(quote) : rest.search(/[\s"'`&,;]|\\+["'nr]/);
  return end < 0 ? most : Math.min(end, most);
}
