import fc from 'fast-check';
import { expect, it } from 'vitest';
import { csvOf, field } from './csv.ts';

const parseField = (text: string) => (text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text);

it('keeps every text, and lets no spreadsheet run one', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const back = parseField(field(text));
      expect(back === text || back === `'${text}`).toBe(true);
      expect(back).not.toMatch(/^[=+\-@]/);
    }),
  );
});

it('has a row for each answer', () => {
  const item = {
    context_length: 1024,
    depth_percent: 50,
    task_type: 'x',
    score: 0.5,
    response: 'a "b",\nc',
    expected_needle: 'n',
  };
  const text = csvOf({ kind: 'needle', list: [{ key: 'k', item }] }, (key) => key.split('.').at(-1) ?? '');
  expect(text).toBe(
    'key,length,depth,score,expected,response,finish,tokensIn,tokensOut,seconds\r\nk,1024,50,0.5,n,"a ""b"",\nc",,,,\r\n',
  );
});
