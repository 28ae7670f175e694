import { describe, expect, it } from 'vitest';
import { firstLanguage } from './language.ts';
import { english as en, chinese as zh } from './words.ts';

interface Tree {
  [name: string]: string | Tree;
}

/** Every sentence by its dotted key. */
const leaves = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[path + name, value]] : leaves(value, `${path}${name}.`),
  );

const english = new Map(leaves(en));
const chinese = new Map(leaves(zh));

/** Chinese has one form for every count: i18next asks for `_other` only. */
const asked = (key: string) => !key.endsWith('_one');
const placeholders = (text: string | undefined) => (text?.match(/\{\{.*?\}\}/g) ?? []).sort();

describe('the Chinese words', () => {
  it('are there for every key that is asked for, and for no other', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].filter(asked).sort());
  });

  it('keep the placeholders of the English ones, and are never empty', () => {
    expect(chinese.size).toBeGreaterThan(0);
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('');
      expect(placeholders(text), key).toEqual(placeholders(english.get(key)));
    }
  });
});

/** The sources of the page, by their paths. */
const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.*'], {
  ...{ query: '?raw', import: 'default', eager: true },
});

describe('the words that the page asks for', () => {
  const isKnown = (path: string) => [...english.keys()].some((key) => key === path || key.startsWith(`${path}.`));
  const isCounted = (path: string) => english.has(`${path}_one`) || english.has(`${path}_other`);

  it('are there, or the part of their key that is written out is', () => {
    const asking = Object.entries(sources).flatMap(([file, text]) =>
      [...text.matchAll(/\bt\(\s*(?:'([\w.]+)'|`([\w.]+)\.\$\{)/g)].map(([, key, part]) => ({
        file,
        key: key ?? part ?? '',
      })),
    );
    expect(asking.length).toBeGreaterThan(100);
    expect(asking.filter(({ key }) => !isKnown(key) && !isCounted(key))).toEqual([]);
  });
});

describe('the first language', () => {
  it.each([
    [null, 'zh-CN', 'zh'],
    [null, 'zh', 'zh'],
    [null, 'en-US', 'en'],
    [null, 'fr', 'en'],
    [null, 'zha', 'en'],
    ['en', 'zh-CN', 'en'],
    ['zh', 'en-US', 'zh'],
    ['xx', 'zh-TW', 'zh'],
  ] as const)('chosen %s, spoken %s: %s', (chosen, spoken, language) => {
    expect(firstLanguage(chosen, spoken)).toBe(language);
  });
});
