import type { ExportedRun, ExportFormat } from '#contract';

/** One column of the table: its head, and the value of a run. */
interface Field {
  name: string;
  value(run: ExportedRun): string | number | boolean | null;
}

const MIB = 2 ** 20;
const date = (seconds: number | null) => (seconds === null ? null : new Date(1_000 * seconds).toISOString());
const mib = (bytes: number | null) => (bytes === null ? null : Math.round(bytes / MIB));
const last = (path: string) => path.split(/[\\/]/).at(-1) ?? path;

const fields: readonly Field[] = [
  { name: 'started', value: (run) => date(run.start_time) },
  { name: 'model', value: (run) => run.model },
  { name: 'dataset', value: (run) => run.dataset },
  { name: 'state', value: (run) => run.state },
  { name: 'score', value: (run) => run.score?.value ?? null },
  { name: 'score_error', value: (run) => run.score?.error ?? null },
  { name: 'seconds', value: ({ start_time: from, end_time: to }) => (from === null || to === null ? null : to - from) },
  { name: 'tokens_per_second', value: (run) => run.tokens_per_second },
  { name: 'predicted_peak_mib', value: (run) => mib(run.predicted_peak) },
  { name: 'measured_peak_mib', value: (run) => mib(run.measured_peak) },
  { name: 'limit', value: (run) => run.limit },
  { name: 'dtype', value: (run) => run.dtype },
  { name: 'offloaded', value: (run) => run.offloaded },
  { name: 'error', value: (run) => run.error_sentence?.text ?? run.error_code },
  { name: 'tags', value: (run) => run.tags.join(' ') },
  { name: 'note', value: (run) => run.note },
  { name: 'id', value: (run) => run.req_id },
];
const inMarkdown = new Set([
  ...['started', 'model', 'dataset', 'state', 'score', 'score_error', 'seconds', 'tokens_per_second'],
  ...['predicted_peak_mib', 'measured_peak_mib', 'limit', 'dtype'],
]);

/** The text of a file of runs. Secrets are not removed here. */
export function exportText(runs: readonly ExportedRun[], format: ExportFormat): string {
  if (format === 'json') return `${JSON.stringify(runs, null, 2)}\n`;
  return format === 'csv' ? csv(runs) : markdown(runs);
}

/** What spreadsheets take for the start of a formula, in full width too (OWASP, CSV injection). */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/** RFC 4180. A text that a spreadsheet would take for a formula begins with an apostrophe. */
function csv(runs: readonly ExportedRun[]): string {
  const rows = runs.map((run) => fields.map(({ value }) => csvCell(value(run))).join(','));
  return `${[fields.map(({ name }) => name).join(','), ...rows].join('\r\n')}\r\n`;
}

function csvCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function markdown(runs: readonly ExportedRun[]): string {
  const shown = fields.filter(({ name }) => inMarkdown.has(name));
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = runs.map((run) => row(shown.map(({ name, value }) => markdownCell(name, value(run)))));
  return `${[row(shown.map(({ name }) => name)), row(shown.map(() => '---')), ...rows].join('\n')}\n`;
}

function markdownCell(name: string, value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(Math.round(1_000 * value) / 1_000);
  const text = name === 'model' ? last(String(value)) : String(value);
  return text.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}
