import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { ExportedRun } from '#contract';
import { exportText } from './export.ts';

const run = (given: Partial<ExportedRun> = {}): ExportedRun => ({
  ...{ req_id: 'r', dataset: 'C-Eval', model: '/models/qwen', state: 'completed', error_code: null },
  ...{ error_sentence: null, created_at: 0, start_time: 0, end_time: 12.5, progress: null },
  ...{ score: { value: 0.5, error: 0.25, name: 'accuracy' }, tokens_per_second: 61, predicted_peak: 2 ** 30 },
  ...{ measured_peak: 2 ** 20, limit: '0.8', dtype: 'bfloat16', offloaded: false, tags: ['a', 'b'], note: '' },
  ...{ resumes: null, ways_out: null, deleted_at: null, parameters: {}, settings: {}, versions: {} },
  ...given,
});

/** A plain reader of RFC 4180. */
function cells(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.filter((row) => row.length > 1);
}

const text = fc
  .tuple(fc.constantFrom('', '=', '+', '-', '@', '\t', '\n', '＝', '＠'), fc.string())
  .map((parts) => parts.join(''));

it('writes a CSV that any reader reads back, and no cell that a spreadsheet runs', () => {
  fc.assert(
    fc.property(text, text, (note, model) => {
      const [head, row] = cells(exportText([run({ note, model })], 'csv'));
      const value = (name: string) => row?.[head?.indexOf(name) ?? -1] ?? '';
      expect(row).toHaveLength(head?.length ?? 0);
      for (const [name, text] of Object.entries({ note, model })) {
        expect([text, `'${text}`]).toContain(value(name));
        expect(value(name)).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      }
      expect([value('seconds'), value('predicted_peak_mib'), value('score_error')]).toEqual(['12.5', '1024', '0.25']);
    }),
  );
});

it('writes a Markdown table with one line a run', () => {
  const lines = exportText([run({ model: '/m/a|b' }), run({ score: null })], 'markdown')
    .trimEnd()
    .split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[2]).toContain('| a\\|b | C-Eval | completed | 0.5 | 0.25 | 12.5 |');
});

it('writes JSON with settings and versions', () => {
  const [one] = JSON.parse(exportText([run({ versions: { torch: '2' } })], 'json')) as ExportedRun[];
  expect(one?.versions).toEqual({ torch: '2' });
});
