import { describe, expect, it } from 'vitest';
import type { Clearing, GpuProcess } from '#contract';
import { gpuDevice, gpuProcess } from '#samples';
import { clearTable, freedOf, stepTimes } from './clear-rows.ts';

const on = (pid: number, usedMiB: number | null, more: Partial<GpuProcess> = {}): GpuProcess => ({
  ...gpuProcess({ gpuUuid: 'a', pid, startTime: pid, usedMiB }),
  ...more,
});
const clearing = (more: Partial<Clearing> = {}): Clearing => ({
  active: true,
  steps: [],
  beforeMiB: { a: 600 },
  afterMiB: null,
  before: [on(1, 100), on(2, 400)],
  after: null,
  swept: null,
  changes: [],
  problems: [],
  ...more,
});
const devices = [gpuDevice({ uuid: 'a', memoryTotalMiB: 1_000 })];
const done = { afterMiB: { a: 250 } };

describe('the table of a clearing', () => {
  it('has no results while the clearing is in progress', () => {
    const [row] = clearTable(clearing(), devices);
    expect(row).toMatchObject({ index: 0, total: 1_000, before: 600, after: null, freed: null });
    expect(row?.processes.map(({ process, after }) => [process.pid, after])).toEqual([
      [2, null],
      [1, null],
    ]);
  });

  it('has the freed memory of each process, and new processes', () => {
    const [row] = clearTable(clearing({ ...done, after: [on(1, 120), on(3, 50)] }), devices);
    expect(row?.freed).toBe(350);
    expect(row?.processes.map(({ process, before, after, freed }) => [process.pid, before, after, freed])).toEqual([
      [2, 400, 0, 400],
      [1, 100, 120, 0],
      [3, 0, 50, 0],
    ]);
    expect(freedOf(clearTable(clearing({ ...done, after: [] }), devices))).toBe(350);
  });

  it('counts a reused pid as two processes', () => {
    const [row] = clearTable(
      clearing({ ...done, before: [on(1, 100)], after: [on(1, 30, { startTime: 9 })] }),
      devices,
    );
    expect(row?.processes.map(({ before, after }) => [before, after])).toEqual([
      [100, 0],
      [0, 30],
    ]);
  });

  it('has the duration of each step, of the current one too', () => {
    const steps: Clearing['steps'] = [
      { name: 'measure', time: 100 },
      { name: 'stop', time: 150 },
    ];
    expect(stepTimes(clearing({ steps }), 400)).toEqual([
      { name: 'measure', ms: 50, current: false },
      { name: 'stop', ms: 250, current: true },
    ]);
    expect(stepTimes(clearing({ active: false, steps: [...steps, { name: 'done', time: 200 }] }), 900)).toEqual([
      { name: 'measure', ms: 50, current: false },
      { name: 'stop', ms: 50, current: false },
    ]);
  });
});
