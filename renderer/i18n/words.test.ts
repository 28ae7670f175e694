import { describe, expect, it } from 'vitest';
import { chineseSentences, chinese as zh } from './chinese.ts';
import { firstLanguage } from './language.ts';
import { english as en } from './words.ts';

interface Tree {
  [name: string]: string | Tree;
}

/** Every text by its dotted key. */
const leaves = (tree: Tree, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([name, value]): [string, string][] =>
    typeof value === 'string' ? [[path + name, value]] : leaves(value, `${path}${name}.`),
  );

const english = new Map(leaves(en));
const chinese = new Map(leaves(zh));

/** Chinese has one plural form: i18next looks up `_other` only. */
const isUsedInChinese = (key: string) => !key.endsWith('_one');
const placeholders = (text: string | undefined) => (text?.match(/\{\{.*?\}\}/g) ?? []).sort();

describe('the Chinese words', () => {
  it('exist for every key, and for no other', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].filter(isUsedInChinese).sort());
  });

  it('have the placeholders of the English words, and are never empty', () => {
    expect(chinese.size).toBeGreaterThan(0);
    for (const [key, text] of chinese) {
      expect(text.trim(), key).not.toBe('');
      expect(placeholders(text), key).toEqual(placeholders(english.get(key)));
    }
  });
});

/** What Chinese keeps in Latin letters, in lower case. Add a term only if it has no Chinese name. */
const latinTerms = new Set(
  [
    // Names and technical terms.
    'headroom nvidia linux windows microsoft visual redistributable python pythonpath pytorch torch transformers hugging face',
    'llama needleinahaystack needlebench c-eval rope xid inforom nvlink rocm node-pty libnvidia-ml token haystack',
    // Statistics.
    'p mcnemar holm scipy',
    'markdown',
    'shell http gzip jetpack pcie flashattention',
    // Units.
    'kib mib gib ms',
    // Commands and their words.
    'uv venv conda pyenv',
    'nvidia-smi nvidia-utils wsl utility dmesg sudo modprobe mount proc root journalctl ulimit export make npm run setup doctor pm git lfs pull',
    'gguf-convert-endian little llama-gguf-split pip install',
    // Values of settings and fields.
    'auto ask never cpu true false',
    // File formats, and fields of files.
    'lora gguf ggml mmproj safetensors pickle jsonl txt subject question answer metadata',
    // Splits and parameters of C-Eval.
    'dev val test id split shots scoring generation lm-evaluation-harness lm-eval published',
    // HTTP headers.
    'authorization bearer content-length content-type',
    // Keys.
    'enter shift ctrl esc',
  ].flatMap((line) => line.split(' ')),
);

/** An acronym, a flag, or code: anything with a digit, an underscore, a slash, a dot or an equals sign inside. */
const isCode = (word: string) => /^([A-Z]{1,7}|-.*)$/.test(word) || /[\d_*/=:.]/.test(word);

const latinWords = (text: string) =>
  text
    .replace(/\{\{.*?\}\}/g, ' ')
    .match(/-*[A-Za-z][\w*/=:.-]*/g)
    ?.map((word) => word.replace(/[-:.=]+$/, '')) ?? [];

describe('the Chinese words and sentences', () => {
  it('have no English but names, units and code', () => {
    const english = [...chinese, ...Object.entries(chineseSentences)].flatMap(([key, text]) =>
      latinWords(text)
        .filter((word) => !isCode(word) && !latinTerms.has(word.toLowerCase()))
        .map((word) => `${key}: ${word}`),
    );
    expect(english).toEqual([]);
  });
});

/** The renderer's sources by path. */
const sources = import.meta.glob<string>(['../**/*.{ts,tsx}', '!../**/*.test.*'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('the keys in the sources', () => {
  const isKnown = (path: string) => [...english.keys()].some((key) => key === path || key.startsWith(`${path}.`));
  const isCounted = (path: string) => english.has(`${path}_one`) || english.has(`${path}_other`);

  it('exist, or the literal part of the key does', () => {
    const used = Object.entries(sources).flatMap(([file, text]) =>
      [...text.matchAll(/\bt\(\s*(?:'([\w.]+)'|`([\w.]+)\.\$\{)/g)].map(([, key, part]) => ({
        file,
        key: key ?? part ?? '',
      })),
    );
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter(({ key }) => !isKnown(key) && !isCounted(key))).toEqual([]);
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
  ] as const)('with choice %s and system language %s is %s', (chosen, system, language) => {
    expect(firstLanguage(chosen, system)).toBe(language);
  });
});
