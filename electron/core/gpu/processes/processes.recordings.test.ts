import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseProcesses } from './parse-processes.ts';

/** Output of real programs. It is not part of this repository: it may be beside the checkout, in it, or absent. */
const root = process.cwd();
const folder = [join(root, 'shared'), join(root, '..', 'shared')]
  .map((shared) => join(shared, 'nvidia-smi', 'csv'))
  .find((path) => existsSync(path));
if (folder === undefined) console.warn('Skipped: there are no recordings of nvidia-smi in shared/nvidia-smi.');
const names = folder === undefined ? [] : readdirSync(folder).filter((name) => name.endsWith('-compute-apps.csv'));

/** The rows of a recording as cells; its columns are timestamp, gpu_name, bus, serial, gpu_uuid, pid, name and memory. */
function rowsOf(name: string): string[][] {
  const text = readFileSync(join(folder ?? '', name), 'utf8');
  const lines = text.split('\n').slice(1);
  return lines.filter((line) => line.trim() !== '').map((line) => line.trimEnd().split(', '));
}

describe.skipIf(folder === undefined)('recordings of the process list', () => {
  it('exist for Linux, Windows and MIG', () => {
    expect(names.length).toBeGreaterThanOrEqual(12);
  });

  it.each(names)('%s is parsed as its text says', (name) => {
    const rows = rowsOf(name);
    // In the order of our query, without units.
    const asked = rows.map(([, , , , uuid, pid, program, used]) => [uuid, pid, used?.replace(/ MiB$/, ''), program]);
    const found = parseProcesses(asked.map((cells) => `${cells.join(', ')}\n`).join(''));
    expect(found).toEqual(
      asked.map(([gpuUuid, pid, used, program]) => ({
        ...{ gpuUuid, pid: Number(pid), name: program },
        usedMiB: used === '[N/A]' ? null : Number(used),
      })),
    );
    // Each row is complete: a recording of another format would be parsed to nothing.
    for (const cells of rows) expect(cells.length, cells.join()).toBe(8);
    if (name.includes('-load-')) expect(found.length).toBeGreaterThan(1);
  });
});
