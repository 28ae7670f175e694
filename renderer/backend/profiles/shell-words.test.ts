import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinWords, splitWords } from './shell-words.ts';

const words = (line: string, windows?: boolean) => {
  const split = splitWords(line, windows);
  return split.ok ? split.words : split.problem;
};
// Weighted towards characters that are special in a shell.
const text = fc.string({
  unit: fc.oneof(fc.constantFrom('"', "'", '\\', ' ', '\t', '$', '`', '#', '\n'), fc.string()),
});

describe('splitWords', () => {
  it.each([
    ['python server.py', ['python', 'server.py']],
    ['  vllm   serve\t/m  ', ['vllm', 'serve', '/m']],
    [`a 'b c' "d e" f\\ g`, ['a', 'b c', 'd e', 'f g']],
    [`a'b'"c"d`, ['abcd']],
    [`'' "" x`, ['', '', 'x']],
    [`"a\\"b\\\\c\\d \\$x" 'a\\b'`, ['a"b\\c\\d $x', 'a\\b']],
    [`--json '{"a": "it'"'"'s"}'`, ['--json', `{"a": "it's"}`]],
    ['$HOME ~ *.py a|b # c', ['$HOME', '~', '*.py', 'a|b', '#', 'c']],
    ['', []],
    ['   ', []],
    [`"open`, 'quote'],
    [`it's`, 'quote'],
    ['ends \\', 'backslash'],
    [`"ends \\`, 'quote'],
  ])('%j', (line, expected) => expect(words(line)).toEqual(expected));

  it('keeps the backslashes of a path on Windows', () => {
    expect(words(String.raw`C:\Py\python.exe "C:\My Server\run.py" D:\\`, true)).toEqual([
      String.raw`C:\Py\python.exe`,
      String.raw`C:\My Server\run.py`,
      String.raw`D:\\`,
    ]);
  });

  it('reads back any words that joinWords wrote, on either system', () => {
    fc.assert(
      fc.property(fc.array(text), fc.boolean(), (given, windows) => {
        expect(words(joinWords(given), windows)).toEqual(given);
      }),
    );
  });

  it('never throws and never adds a character', () => {
    fc.assert(
      fc.property(text, fc.boolean(), (line, windows) => {
        const split = splitWords(line, windows);
        if (split.ok) expect(split.words.join('').length).toBeLessThanOrEqual(line.length);
      }),
    );
  });
});
