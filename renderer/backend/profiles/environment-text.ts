import { quoteWord, splitWords } from './shell-words.ts';

export type EnvironmentText = { ok: true; env: Record<string, string> } | { ok: false; line: number };

/** Lines of NAME=value; what is pasted from a shell works too: export, quotes, comments. The last one of a name counts. */
export function readEnvironment(text: string): EnvironmentText {
  const env: [string, string][] = [];
  for (const [i, raw] of text.split('\n').entries()) {
    const line = raw.trim().replace(/^export\s+/, '');
    if (line === '' || line.startsWith('#')) continue;
    const [, name, written = ''] = /^([^=\s]+)=(.*)$/s.exec(line) ?? [];
    const value = readValue(written);
    if (name === undefined || value === null) return { ok: false, line: i + 1 };
    env.push([name, value]);
  }
  return { ok: true, env: Object.fromEntries(env) };
}

/** Between quotes it is a word as a shell reads it; else it stands for itself, backslashes, spaces and all. */
function readValue(written: string): string | null {
  if (!/^["']/.test(written)) return written;
  const split = splitWords(written);
  return split.ok && split.words.length === 1 ? (split.words[0] ?? null) : null;
}

export function writeEnvironment(env: Readonly<Record<string, string>>): string {
  const write = (value: string) => (value !== value.trim() || /^["']/.test(value) ? quoteWord(value) : value);
  return Object.entries(env)
    .map(([name, value]) => `${name}=${write(value)}`)
    .join('\n');
}
