import { basename } from 'node:path';
import type { Environment } from '../base/index.ts';

/** Personal data that must not be in an exported file. */
export interface Person {
  home: string;
  names: readonly string[];
}

export function personOf(home: string, env: Environment): Person {
  const names = [env.USER, env.LOGNAME, env.USERNAME, basename(home.replaceAll('\\', '/'))];
  // A single letter identifies no person, and replacing it would corrupt the text.
  return { home, names: [...new Set(names)].filter((name): name is string => (name ?? '').length > 1) };
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Replaces the person's folder and name with ~ and removes secrets in every string of a value. */
export function anonymous<T>(value: T, { home, names }: Person): T {
  const end = '(?![\\p{L}\\p{N}_])';
  const folder = home.length > 1 ? [escaped(home).replaceAll(/\\\\|\\\//g, '[\\\\/]+') + end] : [];
  const words = names.map((name) => `(?<![\\p{L}\\p{N}_])${escaped(name)}${end}`);
  const pattern = [...folder, ...words].join('|');
  // Windows paths are case-insensitive.
  const person = pattern ? new RegExp(pattern, home.includes('\\') ? 'giu' : 'gu') : null;
  return mapTexts(value, (text) => withoutSecrets(person ? text.replaceAll(person, '~') : text));
}

const secrets: readonly [RegExp, string][] = [
  [
    /((?:token|secret|password|authorization|api[_-]?key)["']?\s*[=:]\s*["']?(?:Bearer\s+)?)[^\s"'&,;]+/gi,
    '$1[removed]',
  ],
  [/\bBearer\s+(?!\[removed\])\S+/gi, 'Bearer [removed]'],
  [/\bhf_\w{8,}/g, '[removed]'],
  // Our own tokens and markers are hexadecimal; checksums are removed with them.
  [/(?<![0-9a-z])[0-9a-f]{32,}(?![0-9a-z])/gi, '[removed]'],
];

export const withoutSecrets = (text: string) =>
  secrets.reduce((clean, [pattern, instead]) => clean.replaceAll(pattern, instead), text);

/** The same value with every string changed. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  return JSON.parse(JSON.stringify(value), (_, one: unknown) => (typeof one === 'string' ? change(one) : one)) as T;
}
