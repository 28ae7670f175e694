/** Shorter values (1, true, cuda:0) are in every text; removing them would destroy it. */
export const SHORTEST_SECRET = 6;

/** One encoding of a secret: `when` is a cheap test of the text that rules it out. */
export interface Form {
  when: RegExp | null;
  pattern: RegExp;
}

const ESCAPES = /[%\\&+]/;
const HEX = /(?:[\da-f]{2}[\s:,-]?){5}/i;
const WRAPPED_BASE64 = /(?:\\[rn]|[\r\n])(?<=[\w+/-]{40}(?:\\+[rn]|[\r\n]))/;

/**
 * Every way in which `secret` may be written: as it is, escaped for JSON, HTML, a URL or a Python literal (each character on its
 * own, also repeatedly), in hexadecimal, and inside of base64 or base64url, whatever stands before and after it.
 */
export function formsOf(secret: string): Form[] {
  const bytes = Buffer.from(secret, 'utf8');
  return [
    { when: null, pattern: new RegExp(escaped(secret), 'g') },
    { when: ESCAPES, pattern: new RegExp([...secret].map(characterForms).join(''), 'g') },
    { when: HEX, pattern: new RegExp([...bytes].map(hexForm).join('[\\s:,-]?(?:0x|\\\\x)?'), 'gi') },
    { when: null, pattern: new RegExp(base64Forms(bytes, false), 'g') },
    { when: WRAPPED_BASE64, pattern: new RegExp(base64Forms(bytes, true), 'g') },
  ];
}

/** The ranges of every form in `text`. */
export function rangesOf(forms: Iterable<readonly Form[]>, text: string): [number, number][] {
  const possible = new Map([ESCAPES, HEX, WRAPPED_BASE64].map((when) => [when, when.test(text)]));
  return [...forms].flat().flatMap(({ when, pattern }) => {
    if (when && !possible.get(when)) return [];
    return [...text.matchAll(pattern)].map(({ 0: found, index }): [number, number] => [index, index + found.length]);
  });
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
const hexDigit = (digit: string) => (/\d/.test(digit) ? digit : `[${digit}${digit.toUpperCase()}]`);
const hex = (value: number, digits: number) => [...value.toString(16).padStart(digits, '0')].map(hexDigit).join('');
const hexForm = (byte: number) => hex(byte, 2);

const entities: Record<string, string> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' };
const controls: Record<string, string> = { '\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't' };

/**
 * A character by itself or in an escape. A backslash may be doubled once per level of quoting, `%` as `%25`. The first
 * character is found at its last backslash: every position in a long run of them would otherwise be tried.
 */
function characterForms(character: string, place: number): string {
  const [any, some] = place === 0 ? ['', '\\\\'] : ['\\\\*', '\\\\+'];
  const escapes = (parts: string[]) => some + parts.join('\\\\+');
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character, 'utf8')];
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  const forms = [
    `${any}${escaped(character)}`,
    bytes.map((byte) => `%(?:25)*${hex(byte, 2)}`).join(''),
    escapes(bytes.map((byte) => `x${hex(byte, 2)}`)),
    escapes(units.map((unit) => `u${hex(unit, 4)}`)),
    `${some}U${hex(code, 8)}`,
    `${some}u\\{0*${hex(code, 1)}\\}`,
    `&#(?:[xX]0*${hex(code, 1)}|0*${code});`,
  ];
  if (code < 256) forms.push(`${some}x${hex(code, 2)}`);
  if (character === ' ') forms.push('\\+');
  if (entities[character]) forms.push(`&(?:amp;)*${entities[character]};`);
  if (controls[character]) forms.push(`${some}${controls[character]}`);
  return `(?:${forms.join('|')})`;
}

/** The secret may begin at any byte of a group of three: the characters that its own bytes determine, for each of these. */
function base64Forms(bytes: Buffer, wrapped: boolean): string {
  const between = wrapped ? '(?:\\\\+[rn]|\\s){0,8}' : '';
  const partial = `(?:[\\w+/-]${between})?`;
  return [0, 1, 2]
    .map((offset) => {
      const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
      const whole = text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
      return `${offset === 0 ? '' : partial}${[...whole].map(base64Character).join(between)}`;
    })
    .map((form) => `${form}${between}[\\w+/-]?(?:=|%3[dD]){0,2}`)
    .join('|');
}

function base64Character(character: string): string {
  if (character === '+') return '(?:[+-]|%2[bB]|\\\\u002[bB])';
  if (character === '/') return '(?:\\\\*/|_|%2[fF])';
  return character;
}
