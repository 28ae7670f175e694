import { quoteWord, splitWords } from './shell-words.ts';

type EnvironmentText = { ok: true; env: Record<string, string> } | { ok: false; line: number };

/** Reads lines of NAME=value. `export`, quotes and comments from a shell are accepted; the last line of a name wins. */
export function readEnvironment(text: string): EnvironmentText {
  const env: [string, string][] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim().replace(/^export\s+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const [, name, text = ''] = /^([^=\s]+)=(.*)$/s.exec(line) ?? [];
    const value = readValue(text);
    if (name === undefined || value === null) return { ok: false, line: i + 1 };
    env.push([name, value]);
  }
  return { ok: true, env: Object.fromEntries(env) };
}

/** A quoted value is one shell word; any other is taken literally, backslashes and spaces included. */
function readValue(text: string): string | null {
  if (!/^["']/.test(text)) return text;
  const split = splitWords(text);
  return split.ok && split.words.length === 1 ? (split.words[0] ?? null) : null;
}

export function writeEnvironment(env: Readonly<Record<string, string>>): string {
  const write = (value: string) => (value !== value.trim() || /^["']/.test(value) ? quoteWord(value) : value);
  return Object.entries(env)
    .map(([name, value]) => `${name}=${write(value)}`)
    .join('\n');
}
