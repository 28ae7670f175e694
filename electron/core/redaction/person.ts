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

/** Matches the person's folder and names; null where there are none. */
export function personPattern({ home, names }: Person): RegExp | null {
  const end = '(?![\\p{L}\\p{N}_])';
  const folder = home.length > 1 ? [escaped(home).replaceAll(/\\\\|\\\//g, '[\\\\/]+') + end] : [];
  const words = names.map((name) => `(?<![\\p{L}\\p{N}_])${escaped(name)}${end}`);
  const pattern = [...folder, ...words].join('|');
  // Windows paths are case-insensitive.
  return pattern ? new RegExp(pattern, home.includes('\\') ? 'giu' : 'gu') : null;
}
