import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEscapeFilter } from './escapes.ts';

const shown = (...pieces: string[]) => {
  const filter = createEscapeFilter();
  return pieces.map(filter).join('');
};

/** All that may stand in a view, written down a second time and more simply: what is left after it holds no control. */
const sequences =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with control characters
  /\x1b(?:[78]|\[[\d;:]*[A-HJKXdfmsu]|\]8;;(?:https?:\/\/[\x21-\x7e]+)?\x1b\\)/gi;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]/;

const dangerous = [
  '\x1b]52;c;cm0gLXJm\x07',
  '\x1b]0;title\x07',
  '\x1b]2;title\x1b\\',
  '\x1bP+q544e\x1b\\',
  '\x1b_Gf=100;AAAA\x1b\\',
  '\x1b^private\x1b\\',
  '\x1bXstart\x1b\\',
  '\x1b[6n',
  '\x1b[?6n',
  '\x1b[c',
  '\x1b[>c',
  '\x1b[=c',
  '\x1b[21t',
  '\x1b[8;9;9t',
  '\x1b[?25l',
  '\x1b[?1049h',
  '\x1b[?1000h',
  '\x1b[?2026h',
  '\x1b[3J',
  '\x1b[2147483647S',
  '\x1b[999999999b',
  '\x1b[5;10r',
  '\x1b[!p',
  '\x1b[4h',
  '\x1b[>4;1m',
  '\x1bc',
  '\x1b(0',
  '\x1b#8',
  '\x1b%G',
  '\x9d52;c;cm0gLXJm\x9c',
  '\x9b6n',
  '\x90q\x9c',
  '\x9f\x9c',
  '\x84\x85\x8d',
  '\x07\x0b\x0c\x0e\x0f\x00\x7f',
];
const harmless = [
  'text',
  '中文 🙂',
  '\r\n',
  '\b',
  '\t',
  '\x1b[m',
  '\x1b[1;31m',
  '\x1b[38;2;1;2;3m',
  '\x1b[4:3m',
  '\x1b[2K',
  '\x1b[1A',
  '\x1b7',
  '\x1b8',
  '\x1b]8;;https://example.org/a?b\x1b\\',
  '\x1b]8;;\x1b\\',
];
const piece = fc.oneof(
  fc.constantFrom(...dangerous, ...harmless),
  fc.string({
    unit: fc.constantFrom('\x1b', '\x9b', '\x9d', '[', ']', 'P', '8', ';', '?', 'm', '\n', '\x07', '\\', 'é'),
  }),
  fc.string({ unit: 'binary' }),
);
const output = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));

describe('what a view may show', () => {
  it('has nothing in it but text, line controls and what is allowed', () => {
    fc.assert(
      fc.property(output, (text) => {
        expect(shown(text).replace(sequences, '')).not.toMatch(controls);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the same wherever the output is cut', () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat(400)), (text, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut < text.length).sort((a, b) => a - b), text.length];
        expect(shown(...places.slice(1).map((end, i) => text.slice(places[i], end)))).toBe(shown(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it('can be shown again: a second look leaves it as it is', () => {
    fc.assert(
      fc.property(output, (text) => {
        expect(shown(shown(text))).toBe(shown(text));
      }),
    );
  });

  it.each(dangerous)('leaves out %j and nothing around it', (sequence) => {
    expect(shown(`before${sequence}after`)).toBe('beforeafter');
  });

  it.each(harmless)('keeps %j as it is', (sequence) => {
    expect(shown(`before${sequence}after`)).toBe(`before${sequence}after`);
  });

  it('keeps a progress bar as it is', () => {
    const bar = '\r 45%|\x1b[32m████▌     \x1b[0m| 9/20 [00:01<00:01,  8.9it/s]\x1b[A\x1b[2K';
    expect(shown(bar)).toBe(bar);
  });

  it('takes no letter of a person’s language for a part of a sequence', () => {
    expect(shown('\x1b[3中文\x1bé')).toBe('中文é');
  });

  it('gives an 8-bit colour in its 7-bit form', () => {
    expect(shown('\x9b31mred')).toBe('\x1b[31mred');
  });

  it.each([
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://example.org/ with space',
    'https://еxample.org',
    `https://example.org/${'x'.repeat(3_000)}`,
  ])('keeps the words of a link to %s, without the link', (address) => {
    expect(shown(`\x1b]8;id=1;${address}\x1b\\words\x1b]8;;\x1b\\`)).toBe('\x1b]8;;\x1b\\words\x1b]8;;\x1b\\');
  });

  it.each(['\x1b]52;c;', '\x1bPq', '\x1b[31', '\x1b]8;;https://a', '\x9d', '\x1b', '\x1b('])(
    'shows the next line after %j that never ends',
    (torn) => {
      expect(shown(`${torn}lost?\r\nnext`)).toContain('\r\nnext');
    },
  );

  it('holds little of a sequence without an end', () => {
    const filter = createEscapeFilter();
    for (let i = 0; i < 100; i += 1) expect(filter(i === 0 ? '\x1b]8;;https://a' : 'a'.repeat(10_000))).toBe('');
    expect(filter('\x07after')).toBe('\x1b]8;;\x1b\\after');
  });
});
