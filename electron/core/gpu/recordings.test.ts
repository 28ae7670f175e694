import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { faultOf } from './faults.ts';
import { isEnough, negotiate } from './negotiate.ts';
import { createTickParser } from './parser.ts';
import { parseProcesses } from './processes.ts';
import { createRowParser, type StreamField, streamFields } from './row.ts';

/** What real programs printed. Not part of this repository, so it may lie beside the checkout, in it, or nowhere. */
const root = process.cwd();
const folder = [join(root, 'shared'), join(root, '..', 'shared')]
  .map((shared) => join(shared, 'nvidia-smi'))
  .find((path) => existsSync(path));
if (folder === undefined) console.warn('Skipped: there are no recordings of nvidia-smi in shared/nvidia-smi.');

const read = (...path: string[]) => readFileSync(join(folder ?? '', ...path), 'utf8');
const files = (kind: string, end: string) => readdirSync(join(folder ?? '', kind)).filter((name) => name.endsWith(end));

/** A recording's columns in the order in which we ask for them; a unit is left out, as with `nounits`. */
function asAsked(text: string): { fields: StreamField[]; rows: string } {
  const [head = '', ...lines] = text.trimEnd().split('\n');
  const plain = (cell = '') => cell.trim().replace(/ (\[\S+\]|MiB|%|W)$/, '');
  const columns = head.split(', ').map(plain);
  const fields = streamFields.filter((field) => columns.includes(field));
  const rows = lines.map((line) => {
    const cells = line.split(', ').map((cell) => (cell.startsWith('[') ? cell : plain(cell)));
    return fields.map((field) => cells[columns.indexOf(field)]).join(', ');
  });
  return { fields, rows: `${rows.join('\n')}\n` };
}

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

  it('reads the row of every card', () => {
    const rows = files('csv', '-query-gpu.csv').map((name) => {
      const { fields, rows } = asAsked(read('csv', name));
      return { name, row: createRowParser(fields).parse(rows.trimEnd()) };
    });
    expect(rows.length).toBeGreaterThan(0);
    for (const { name, row } of rows) {
      expect(row, name).toMatchObject({ facts: { name: expect.stringContaining('NVIDIA') }, sample: { state: 'ok' } });
      const { memoryTotalMiB, memoryReservedMiB, memoryUsedMiB, memoryFreeMiB } = row?.sample ?? {};
      const sum = (memoryReservedMiB ?? 0) + (memoryUsedMiB ?? 0) + (memoryFreeMiB ?? 0);
      // Three figures, each rounded for itself.
      expect(Math.abs((memoryTotalMiB ?? 0) - sum), name).toBeLessThanOrEqual(2);
    }
  });

  it('follows a GPU that is lost in mid-stream and comes back, while the others go on', () => {
    const { fields, rows } = asAsked(read('errors', 'stream-lms200-gpu1-lost-then-back.out'));
    const parser = createTickParser(fields);
    const ticks = [...rows].flatMap((character, i) => parser.push(character, i));
    const last = parser.flush();
    const states = [...ticks, ...(last ? [last] : [])].map(({ tick }) => tick.gpus.map((gpu) => gpu.state).join());
    const [before, after] = ['ok,ok,ok', 'ok,lost,ok'];
    expect(states.filter((state, i) => state !== states[i - 1])).toEqual([before, after, before]);
    expect(states.length).toBe(rows.trimEnd().split('\n').length / 3);
  });

  it('sorts every failure that was recorded', () => {
    const faults = files('errors', '.rc').flatMap((name) => {
      const exitCode = Number(read('errors', name));
      const said = read('errors', name.replace(/rc$/, 'out'));
      const fault = faultOf({ exitCode, signal: null, error: null, stderr: '' }, said);
      return exitCode === 0 || exitCode === 124 ? [] : [{ name, fault, said }];
    });
    expect(faults.length).toBeGreaterThan(10);
    for (const { name, fault, said } of faults) {
      expect(fault.said, name).toBe(said.trim());
      expect(fault.kind === 'unknown', name).toBe(name === 'nvml-unknown-error.rc');
    }
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
