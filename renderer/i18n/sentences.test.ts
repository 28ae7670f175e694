import { describe, expect, it } from 'vitest';
import { declareSentences, type Sentence, verbatim } from '#contract';
import { chineseSentences } from './chinese.ts';
import { setChineseSentences, wordSentence } from './sentence.ts';

setChineseSentences(chineseSentences);

type Catalog = ReturnType<typeof declareSentences<Record<string, string>>>;

const declared = import.meta.glob<Catalog>(['../../electron/**/sentences.ts', '../*/sentences.ts'], {
  eager: true,
  import: 'sentences',
});
const backend = import.meta.glob<Record<string, string>>('../../python/lbs/sentences/en/*.json', {
  eager: true,
  import: 'default',
});

/** Every English template by code: the core's and renderer's from TypeScript, the backend's from JSON. */
const english = new Map<string, string>([
  ...Object.values(declared).flatMap(({ room, texts }) =>
    Object.entries(texts).map(([name, text]): [string, string] => [`${room}.${name}`, text]),
  ),
  ...Object.entries(backend).flatMap(([path, texts]) => {
    const room = `lbs.${path.replace(/^.*\/|\.json$/g, '')}`;
    return Object.entries(texts).map(([name, text]): [string, string] => [
      `${room}.${name}`,
      text.replace(/\{(\w+)\}/g, '{{$1}}'),
    ]);
  }),
]);

const placeholders = (text: string) => [...new Set(text.match(/\{\{\w+\}\}/g) ?? [])].sort();
const sample = (code: string): Sentence => {
  const names = placeholders(english.get(code) ?? '').map((name) => name.slice(2, -2));
  return { code, values: Object.fromEntries(names.map((name) => [name, `<${name}>`])), text: english.get(code) ?? '' };
};

describe('sentences', () => {
  it('are declared once per room', () => {
    expect(english.size).toBeGreaterThan(0);
    const rooms = Object.values(declared).map(({ room }) => room);
    expect(new Set(rooms).size).toBe(rooms.length);
  });

  it('each have a Chinese text, and no text is unused', () => {
    expect(Object.keys(chineseSentences).sort()).toEqual([...english.keys()].sort());
  });

  it.each([...english.keys()])('%s has both languages with all of its values', (code) => {
    expect(placeholders(chineseSentences[code] ?? '')).toEqual(placeholders(english.get(code) ?? ''));
    const worded = wordSentence(sample(code), 'zh');
    // One that only joins others has no words of its own.
    if (/[a-z]/.test((english.get(code) ?? '').replace(/\{\{\w+\}\}/g, ''))) expect(worded).toMatch(/\p{Script=Han}/u);
    expect(worded).not.toContain('{{');
    for (const name of placeholders(english.get(code) ?? '')) expect(worded).toContain(`<${name.slice(2, -2)}>`);
  });
});

describe('a sentence', () => {
  const { say } = declareSentences('test', { outer: 'Because {{why}}: {{parts}}.', inner: 'it is {{size}}' });

  it('fills in nested sentences and lists', () => {
    expect(say('outer', { why: say('inner', { size: 3 }), parts: ['a', verbatim('b')] }).text).toBe(
      'Because it is 3: a, b.',
    );
  });

  it('has a list of whole sentences one after the other, without commas', () => {
    const parts = [{ code: 'contract.nul', values: {}, text: 'A NUL.' }, verbatim('B.')];
    expect(say('outer', { why: 'x', parts }).text).toBe('Because x: A NUL. B..');
    const several = { code: 'contract.invalidValues', values: { problems: parts }, text: '' };
    expect(wordSentence(several, 'zh')).toBe(`有多个值无效：${chineseSentences['contract.nul']}B.`);
  });

  it('falls back to English if its code is unknown', () => {
    expect(wordSentence(say('inner', { size: 3 }), 'zh')).toBe('it is 3');
    expect(wordSentence(verbatim('EACCES'), 'zh')).toBe('EACCES');
    expect(wordSentence({ code: 'constructor', values: {}, text: 'from a file' }, 'zh')).toBe('from a file');
  });
});
