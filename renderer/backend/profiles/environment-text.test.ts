import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readEnvironment, writeEnvironment } from './environment-text.ts';

it('reads lines that are typed or pasted from a shell', () => {
  const text =
    '# models\nHF_HOME=/data/hf\n\n export A="two words" \nB=\'x\'\nURL=http://h/?a=b\nE=\nC=a \\b "c"\nA=last\n';
  expect(readEnvironment(text)).toEqual({
    ok: true,
    env: { HF_HOME: '/data/hf', A: 'last', B: 'x', URL: 'http://h/?a=b', E: '', C: 'a \\b "c"' },
  });
});

it.each([
  ['HF_HOME /data', 1],
  ['A=1\nunset B', 2],
  ['A=1\n\nB="open', 3],
  ['A="one" two', 1],
  ['=x', 1],
])('%j is refused with the number of the invalid line', (text, line) =>
  expect(readEnvironment(text)).toEqual({ ok: false, line }),
);

it('reads back every environment that it wrote', () => {
  const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,9}$/);
  const value = fc
    .string({ unit: fc.oneof(fc.constantFrom('"', "'", '\\', ' ', '#', '=', '$'), fc.string()) })
    .filter((text) => !/[\0\r\n]/.test(text));
  fc.assert(
    fc.property(fc.dictionary(name, value), (env) => {
      expect(readEnvironment(writeEnvironment(env))).toEqual({ ok: true, env });
    }),
  );
});
