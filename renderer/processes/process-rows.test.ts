import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuProcess } from '#contract';
import { gpuProcess } from '#samples';
import { largestRows, type ProcessRow, processRows, programs } from './process-rows.ts';

const pids = (rows: ProcessRow[]) =>
  rows.map((row) => (row.type === 'program' ? [row.program.pid, row.depth] : row.programs.map(({ pid }) => pid)));
const one = (pid: number, given: Partial<GpuProcess> = {}) => gpuProcess({ pid, ...given });

describe('the rows of the process list', () => {
  it('are sorted by size, children under their parents', () => {
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

  it('join a program on several GPUs, with the sum of its known memory', () => {
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

  it('group graphics programs without known memory, unless a filter is set', () => {
    const graphics = [11, 12, 13, 14].map((pid) => one(pid, { kind: 'graphics', name: 'C:\\Apps\\window.exe' }));
    const list = [
      ...graphics,
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
    expect(pids(processRows(graphics.slice(1)))).toEqual([
      [12, 0],
      [13, 0],
      [14, 0],
    ]);
  });

  it('keep the parents of a match', () => {
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
    expect(processRows(list, 'no match')).toEqual([]);
  });

  it('have every program once, whatever its parent', () => {
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

it('lists the largest programs flat, those without known memory last', () => {
  const list = [
    gpuProcess({ pid: 1, usedMiB: 100 }),
    gpuProcess({ pid: 2, usedMiB: null }),
    gpuProcess({ pid: 3, usedMiB: 300, parentPid: 1 }),
    gpuProcess({ pid: 1, usedMiB: 250, gpuUuid: 'GPU-1' }),
  ];
  const rows = largestRows(list, 3).map((row) => (row.type === 'program' ? [row.program.pid, row.depth] : row));
  expect(rows).toEqual([
    [1, 0],
    [3, 0],
    [2, 0],
  ]);
  expect(largestRows(list, 1)).toHaveLength(1);
});
