import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type GpuMetric, gpuMetrics } from '#contract';
import { parseProcesses } from './processes/parse-processes.ts';
import { faultOf } from './smi/faults.ts';
import { isEnough, negotiate } from './stream/negotiate.ts';
import { createTickParser, type RowTick } from './stream/parser.ts';
import { createRowParser, type StreamField, streamFields } from './stream/row.ts';

/** Output of real programs. It is not part of this repository: it may be beside the checkout, in it, or absent. */
const root = process.cwd();
const folder = [join(root, 'shared'), join(root, '..', 'shared')]
  .map((shared) => join(shared, 'nvidia-smi'))
  .find((path) => existsSync(path));
if (folder === undefined) console.warn('Skipped: there are no recordings of nvidia-smi in shared/nvidia-smi.');

const read = (...path: string[]) => readFileSync(join(folder ?? '', ...path), 'utf8');
const files = (kind: string, end: string) => readdirSync(join(folder ?? '', kind)).filter((name) => name.endsWith(end));

/** The columns of a recording without their units, and its cells unchanged. */
function table(text: string): { columns: string[]; records: string[][] } {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const columns = head.split(', ').map((column) => column.replace(/ \[\S+\]$/, ''));
  return { columns, records: lines.map((line) => line.split(', ')) };
}

/** The header names that differ from the query's. */
const canonical: Partial<Record<StreamField, string>> = {
  'clocks.sm': 'clocks.current.sm',
  'clocks.mem': 'clocks.current.memory',
};

/** A recording's columns in the order of our query, without units, as with `nounits`. */
function asAsked(text: string): { fields: StreamField[]; rows: string } {
  const { columns, records } = table(text);
  const column = (field: StreamField) => canonical[field] ?? field;
  const fields = streamFields.filter((field) => columns.includes(column(field)));
  const plain = (cell = '') => (cell.startsWith('[') ? cell : cell.trim().replace(/ (MiB|MHz|%|W)$/, ''));
  const rows = records.map((cells) => fields.map((field) => plain(cells[columns.indexOf(column(field))])).join(', '));
  return { fields, rows: `${rows.join('\n')}\n` };
}

const columnOf: Record<GpuMetric, string> = {
  memoryTotalMiB: 'memory.total',
  memoryReservedMiB: 'memory.reserved',
  memoryUsedMiB: 'memory.used',
  memoryFreeMiB: 'memory.free',
  utilizationGpu: 'utilization.gpu',
  utilizationMemory: 'utilization.memory',
  temperature: 'temperature.gpu',
  powerDrawW: 'power.draw',
  powerLimitW: 'enforced.power.limit',
  clockSmMHz: 'clocks.current.sm',
  clockMemoryMHz: 'clocks.current.memory',
  fanSpeed: 'fan.speed',
  pstate: 'pstate',
  throttle: 'clocks_event_reasons.active',
  eccUncorrected: 'ecc.errors.uncorrected.volatile.total',
};

const excuses: Record<string, string> = {
  '[N/A]': 'not_supported',
  '[Not Supported]': 'not_supported',
  '[GPU is lost]': 'lost',
  '[GPU requires reset]': 'needs_reset',
  '[Insufficient Permissions]': 'no_permission',
  '[Unknown Error]': 'unknown_error',
  '[Requested functionality has been deprecated]': 'deprecated',
};

/** The content of a cell: a number, or why there is none. */
const expected = (cell: string): [number | null, string | undefined] =>
  cell in excuses ? [null, excuses[cell]] : [Number(cell.replace(/^P/, '').split(' ')[0]), undefined];

const cellErrors = [
  'gpu-lost-cells.out',
  'requires-reset-cells.out',
  'insufficient-permissions-cells.out',
  'unknown-error-cells.out',
  'stream-lms200-gpu1-lost-then-back.out',
].map((name) => ['errors', name]);

describe.skipIf(folder === undefined)('recordings of nvidia-smi', () => {
  it("negotiates every driver's help", () => {
    const helps = files('help', '.txt');
    expect(helps.length).toBeGreaterThan(0);
    for (const name of helps) {
      const fields = negotiate(read('help', name));
      expect(isEnough(fields), name).toBe(true);
      expect(fields.includes('kmd_version'), name).toBe(name.includes('-595.'));
    }
  });

  it('queries each field once, by its first name', () => {
    for (const name of files('help', '.txt')) {
      const fields = negotiate(read('help', name));
      expect(fields, name).toContain('clocks_event_reasons.active');
      expect(fields, name).not.toContain('clocks_throttle_reasons.active');
    }
    // Before 535 there is only the old name.
    const old = read('help', files('help', '.txt')[0] ?? '').replaceAll(/"clocks_event_reasons\.(\w+)" or /g, '');
    expect(negotiate(old)).toContain('clocks_throttle_reasons.active');
    expect(negotiate(old)).not.toContain('clocks_event_reasons.active');
  });

  it.each(folder ? [...files('csv', '-query-gpu.csv').map((name) => ['csv', name]), ...cellErrors] : [])(
    'reads every figure of %s/%s as the recording has it, or says why it has none',
    (kind, name) => {
      const { columns, records } = table(read(kind, name));
      const { fields, rows } = asAsked(read(kind, name));
      const { parse } = createRowParser(fields);
      const parsed = rows
        .trimEnd()
        .split('\n')
        .map((line) => parse(line)?.sample);
      expect(parsed.length).toBe(records.length);
      for (const [i, cells] of records.entries()) {
        const sample = parsed[i];
        for (const figureName of gpuMetrics) {
          const place = columns.indexOf(columnOf[figureName]);
          const [value, reason] = place < 0 ? [null, 'not_listed'] : expected(cells[place] ?? '');
          expect([sample?.[figureName], sample?.reasons?.[figureName]], figureName).toEqual([value, reason]);
        }
        const cell = (column: string) => cells[columns.indexOf(column)];
        expect([sample?.uuid, String(sample?.index)]).toEqual([cell('uuid'), cell('index')]);
      }
    },
  );

  it('parses what rarely changes, and memory that adds up', () => {
    const rows = files('csv', '-query-gpu.csv').map((name) => {
      const { fields, rows } = asAsked(read('csv', name));
      return { name, row: createRowParser(fields).parse(rows.trimEnd()) };
    });
    expect(rows.length).toBeGreaterThan(0);
    for (const { name, row } of rows) {
      expect(row, name).toMatchObject({ facts: { name: expect.stringContaining('NVIDIA') }, sample: { state: 'ok' } });
      expect(row?.facts.driverVersion, name).toMatch(/^\d{3}\.\d+/);
      expect(row?.facts.pciBusId, name).toMatch(/^[\dA-F]{8}:/);
      expect(row?.facts.migEnabled ?? false, name).toBe(name.includes('-mig-'));
      const { memoryTotalMiB, memoryReservedMiB, memoryUsedMiB, memoryFreeMiB } = row?.sample ?? {};
      const sum = (memoryReservedMiB ?? 0) + (memoryUsedMiB ?? 0) + (memoryFreeMiB ?? 0);
      // Three values, each rounded separately.
      expect(Math.abs((memoryTotalMiB ?? 0) - sum), name).toBeLessThanOrEqual(2);
    }
  });

  it('follows a GPU that is lost in mid-stream and returns, while the others continue', () => {
    const { fields, rows } = asAsked(read('errors', 'stream-lms200-gpu1-lost-then-back.out'));
    const parser = createTickParser(fields);
    const ticks = [...rows].flatMap((character, i) => parser.push(character, i));
    const last = parser.flush();
    const states = [...ticks, ...(last ? [last] : [])].map(({ tick }) => tick.gpus.map((gpu) => gpu.state).join());
    const [before, after] = ['ok,ok,ok', 'ok,lost,ok'];
    expect(states.filter((state, i) => state !== states[i - 1])).toEqual([before, after, before]);
    expect(states.length).toBe(rows.trimEnd().split('\n').length / 3);
  });

  it('classifies every recorded failure', () => {
    const faults = files('errors', '.rc').flatMap((name) => {
      const exitCode = Number(read('errors', name));
      const said = read('errors', name.replace(/rc$/, 'out'));
      const fault = faultOf({ exitCode, signal: null, error: null, stderr: '' }, said);
      return exitCode === 0 || exitCode === 124 ? [] : [{ name: name.replace(/\.rc$/, ''), fault, said }];
    });
    for (const { name, fault, said } of faults) expect(fault.sentence.text, name).toBe(said.trim());
    expect(Object.fromEntries(faults.map(({ name, fault }) => [name, fault.kind]))).toEqual({
      'bad-field': 'bad_argument',
      'gpu-lost-at-start': 'gpu_lost',
      'inforom-corrupted': 'inforom',
      'lms-zero': 'bad_argument',
      'no-devices': 'no_devices',
      'no-driver': 'no_driver',
      'no-format': 'bad_argument',
      'no-library': 'no_library',
      'nvml-insufficient-permissions': 'no_permission',
      'nvml-unknown-error': 'unknown',
      'requires-reset-at-start': 'needs_reset',
      'two-queries': 'bad_argument',
      'version-mismatch': 'version_mismatch',
    });
  });

  it('parses a real stream the same wherever it is split', () => {
    const chunks: [number, string][] = JSON.parse(read('errors', 'stream-raw-read-chunks.json'));
    const whole = chunks.map(([, text]) => text).join('');
    // Our query has no timestamp: without it, each split stays where it was.
    const stamps = [...whole.matchAll(/^[\d/]+ [\d:.]+, /gm)];
    const without = (place: number) =>
      stamps.reduce((sum, { index, 0: stamp }) => sum - Math.min(Math.max(place - index, 0), stamp.length), place);
    const text = whole.replaceAll(/^[\d/]+ [\d:.]+, /gm, '');
    let place = 0;
    const cuts = chunks.map(([, chunk]) => {
      place += chunk.length;
      return without(place);
    });
    const fields: StreamField[] = ['index', 'uuid', 'memory.used', 'memory.total'];
    const [once, cut] = [createTickParser(fields), createTickParser(fields)];
    const figures = (ticks: RowTick[]) => ticks.map(({ tick }) => tick.gpus.map((gpu) => gpu.memoryUsedMiB));
    const atOnce = figures(once.push(text, 0));
    expect(cuts.at(-1)).toBe(text.length);
    expect(atOnce.slice(0, 2)).toEqual([
      [1565, 1566, 1567, 1568],
      [1615, 1616, 1617, 1618],
    ]);
    expect(figures(cuts.flatMap((end, i) => cut.push(text.slice(cuts[i - 1] ?? 0, end), i)))).toEqual(atOnce);
  });

  it('lists processes with hostile names', () => {
    const lines = read('errors', 'compute-apps-nasty-names.out').split('\n').slice(1);
    const asked = lines.map((line) => {
      const [, uuid, pid, name, used] = /^[^,]+, (GPU-\S+), (\d+), (.*), (.*)$/.exec(line) ?? [];
      return uuid ? `${uuid}, ${pid}, ${used?.replace(' MiB', '')}, ${name}` : line;
    });
    const list = parseProcesses(asked.join('\n'));
    expect(list.slice(0, 3)).toMatchObject([
      { pid: 1000, usedMiB: 300, name: '/opt/a? b/py"thon' },
      { pid: 1001, usedMiB: null, name: '[x] y' },
      { pid: 1002, usedMiB: 302, name: '/usr/bin/café\ttab' },
    ]);
  });
});
