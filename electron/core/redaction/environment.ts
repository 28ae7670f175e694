import { SHORTEST_SECRET } from './forms.ts';
import { isSecretName } from './names.ts';

/** Values of variables that are secrets: by their names, passwords in addresses, and long random words. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value = '']) => {
    if (value.length < SHORTEST_SECRET) return [];
    if (isSecretName(name) && !/^\d+$|^(?:\/|~\/|[A-Z]:\\)/.test(value)) return [value];
    const password = /^[a-z][a-z\d+.-]*:\/\/[^\s:@/]*:(?!\d{1,5}[/?#])([^\s@]{6,})@/i.exec(value)?.[1];
    if (password) return [password];
    return isRandom(value) ? [value] : [];
  });
}

/** One long word of letters and digits: no path, no list, no version; nor the UUID of a GPU, or the name of a model. */
const isRandom = (value: string) =>
  /^[\w+/=~-]{20,}$/.test(value) &&
  !value.startsWith('/') &&
  value.split(/[_/~-]/).some((part) => part.length >= 14 && /\d/.test(part) && /[a-z]/i.test(part));
