import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuProcess } from '#contract';
import { gpuProcess } from '#samples';
import { commandOf, type ProcessRow, processRows, programOf, programs } from './process-rows.ts';

const pids = (rows: ProcessRow[]) =>
  rows.map((row) => (row.type === 'program' ? [row.program.pid, row.depth] : row.programs.map(({ pid }) => pid)));
const one = (pid: number, given: Partial<GpuProcess> = {}) => gpuProcess({ pid, ...given });

describe('the rows of the process list', () => {
  it('put children under their parents, and the largest family first', () => {
    const list = [
      one(1, { usedMiB: 10 }),
      one(2, { usedMiB: 100 }),
      one(3, { usedMiB: 70, parentPid: 1 }),
      one(4, { usedMiB: 80, parentPid: 1 }),
      one(5, { usedMiB: 1, parentPid: 4 }),
      one(6, { usedMiB: null, parentPid: 999 }),
    ];
    expect(pids(processRows(list))).toEqual([
      [1, 0],
      [4, 1],
      [5, 2],
      [3, 1],
      [2, 0],
      [6, 0],
    ]);
  });

  it('are one for a program on several GPUs, with the sum of what is told', () => {
    const list = [
      one(1, { gpuUuid: 'a', usedMiB: 10, kind: 'compute' }),
      one(1, { gpuUuid: 'b', usedMiB: null, kind: 'graphics' }),
      one(1, { gpuUuid: 'a', usedMiB: 5, kind: 'compute' }),
      one(1, { gpuUuid: 'a', usedMiB: 99, startTime: 7 }),
    ];
    expect(programs(list)).toMatchObject([
      {
        usedMiB: 15,
        kind: 'both',
        on: [
          { gpuUuid: 'a', usedMiB: 15 },
          { gpuUuid: 'b', usedMiB: null },
        ],
      },
      { usedMiB: 99, startTime: 7 },
    ]);
    expect(programs([one(2, { gpuUuid: 'a' }), one(2, { gpuUuid: 'b' })])[0]?.usedMiB).toBeNull();
  });

  it('gather what only draws where its memory is not told, but not while something is looked for', () => {
    const drawing = [11, 12, 13, 14].map((pid) => one(pid, { kind: 'graphics', name: 'C:\\Apps\\window.exe' }));
    const list = [
      ...drawing,
      one(15, { kind: 'both' }),
      one(1, { kind: 'compute' }),
      one(2, { kind: 'graphics', usedMiB: 4 }),
    ];
    expect(pids(processRows(list))).toEqual([
      [2, 0],
      [1, 0],
      [11, 12, 13, 14, 15],
    ]);
    expect(pids(processRows(list, 'window'))).toEqual([
      [11, 0],
      [12, 0],
      [13, 0],
      [14, 0],
    ]);
    expect(pids(processRows(drawing.slice(1)))).toEqual([
      [12, 0],
      [13, 0],
      [14, 0],
    ]);
  });

  it('keep the parents of what is looked for', () => {
    const list = [
      one(1, { name: 'server' }),
      one(2, { parentPid: 1, command: 'python Train.py' }),
      one(3, { parentPid: 1, user: 'ann' }),
      one(4, { container: { runtime: 'docker', id: 'f00dfeed' } }),
    ];
    expect(pids(processRows(list, ' train '))).toEqual([
      [1, 0],
      [2, 1],
    ]);
    expect(pids(processRows(list, 'ANN'))).toEqual([
      [1, 0],
      [3, 1],
    ]);
    expect(pids(processRows(list, 'f00d'))).toEqual([[4, 0]]);
    expect(pids(processRows(list, '3'))).toEqual([
      [1, 0],
      [3, 1],
    ]);
    expect(processRows(list, 'nobody')).toEqual([]);
  });

  it('hold every program once, whatever parents are told', () => {
    const process = fc.record({
      pid: fc.integer({ min: 1, max: 8 }),
      parentPid: fc.option(fc.integer({ min: 1, max: 8 })),
    });
    fc.assert(
      fc.property(fc.array(process, { maxLength: 12 }), (given) => {
        const list = given.map(({ pid, parentPid }) => one(pid, { parentPid }));
        const shown = processRows(list).flatMap((row) => (row.type === 'program' ? [row.program.pid] : []));
        expect(shown.sort()).toEqual([...new Set(given.map(({ pid }) => pid))].sort());
      }),
    );
  });
});

describe('a program’s name', () => {
  it.each([
    ['/usr/lib/xorg/Xorg', 'Xorg'],
    ['/opt/venv/bin/python -m lbs.worker', 'python -m lbs.worker'],
    ['C:\\Program Files\\My App\\app.exe', 'app.exe'],
    ['[Not Found]', '[Not Found]'],
    ['', ''],
    ['/', '/'],
  ])('%s', (text, expected) => expect(programOf(text)).toBe(expected));

  it('is followed by the command line only where that says more', () => {
    expect(commandOf({ name: 'python -m lbs.worker', command: '/opt/bin/python -m lbs.worker' })).toBeNull();
    expect(commandOf({ name: '/opt/bin/python', command: '/opt/bin/python train.py' })).toBe('train.py');
    expect(commandOf({ name: 'renamed', command: '/opt/bin/python train.py' })).toBe('/opt/bin/python train.py');
    expect(commandOf({ name: 'python', command: null })).toBeNull();
  });
});
