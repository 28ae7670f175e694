import type { Tests } from '../items/tests.ts';

type Translate = (key: string, values?: Record<string, unknown>) => string;
type Value = string | number | null | undefined;

/** One row for each answer, with a head in the panel's language. */
export function csvOf(tests: Tests, t: Translate): string {
  const name = (column: string) => t(`runPage.column.${column}`);
  const common = ['score', 'expected', 'response', 'finish', 'tokensIn', 'tokensOut', 'seconds'].map(name);
  if (tests.kind === 'needle')
    return rowsText([
      [name('key'), name('length'), name('depth'), ...common],
      ...tests.list.map(({ key, item }) => [
        key,
        item.context_length,
        item.depth_percent,
        item.score,
        item.expected_keys?.join(' ') ?? item.expected_needle,
        item.response,
        item.finish_reason,
        item.prompt_tokens,
        item.tokens_out,
        item.seconds,
      ]),
    ]);
  return rowsText([
    [name('key'), name('subject'), ...common],
    ...(tests.kind === 'ceval' ? tests.list : []).map(({ key, item }) => [
      key,
      item.subject,
      item.score,
      item.answer,
      item.output ?? item.response,
      item.finish_reason,
      item.tokens_in,
      item.tokens_out,
      item.seconds,
    ]),
  ]);
}

const rowsText = (rows: readonly (readonly Value[])[]) =>
  `${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;

/** RFC 4180. A text that a spreadsheet would run as a formula begins with an apostrophe. */
export function field(value: Value): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
