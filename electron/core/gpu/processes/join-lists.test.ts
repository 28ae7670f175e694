import { describe, expect, it } from 'vitest';
import type { MigInstance } from '#contract';
import type { DetailedProcess } from '../details/details.ts';
import { joinLists } from './join-lists.ts';

const listed = (pid: number, usedMiB: number | null = 100, gpuUuid = 'GPU-a') => ({ gpuUuid, pid, usedMiB, name: 'x' });
const detailed = (pid: number, more: Partial<DetailedProcess> = {}): DetailedProcess => ({
  ...{ gpuUuid: 'GPU-a', pid, name: 'x', kind: 'compute', usedMiB: 5, gpuInstance: null, computeInstance: null },
  ...{ startTime: 9, ...more },
});
const mig: MigInstance = {
  ...{ gpuUuid: 'GPU-a', uuid: 'MIG-1', gpuInstance: 3, computeInstance: 0, profile: '1g.10gb' },
  ...{ memoryTotalMiB: 9_856, memoryUsedMiB: 12 },
};

describe('the list of compute processes with the details of -q -x', () => {
  it('has the newer memory, and the kind', () => {
    const details = { processes: [detailed(1), detailed(2, { kind: 'both' })], mig: [] };
    expect(joinLists([listed(1), listed(2, null), listed(3)], details)).toEqual([
      { ...listed(1), kind: 'compute', migUuid: null, expected: null },
      { ...listed(2, null), kind: 'both', migUuid: null, expected: null },
      { ...listed(3), kind: null, migUuid: null, expected: null },
    ]);
  });

  it('adds only graphics programs: an unlisted compute process has exited', () => {
    const processes = [detailed(1), detailed(2, { kind: 'graphics', usedMiB: 61 }), detailed(3, { kind: 'both' })];
    expect(joinLists([], { processes, mig: [] })).toEqual([
      { ...listed(2, 61), kind: 'graphics', migUuid: null, expected: 9 },
    ]);
  });

  it('lists a program once per GPU', () => {
    const processes = [
      detailed(1, { kind: 'graphics' }),
      detailed(1, { kind: 'graphics', gpuUuid: 'GPU-b', usedMiB: 7 }),
    ];
    const found = joinLists([listed(1)], { processes, mig: [] });
    expect(found.map(({ gpuUuid, usedMiB, kind }) => [gpuUuid, usedMiB, kind])).toEqual([
      ['GPU-a', 100, 'graphics'],
      ['GPU-b', 7, 'graphics'],
    ]);
  });

  it('finds the MIG instance, whether the list names the GPU or the instance', () => {
    const at = detailed(1, { gpuInstance: 3, computeInstance: 0 });
    const details = { processes: [at], mig: [mig] };
    for (const uuid of ['GPU-a', 'MIG-1'])
      expect(joinLists([listed(1, 100, uuid)], details)).toMatchObject([
        { gpuUuid: 'GPU-a', migUuid: 'MIG-1', kind: 'compute', usedMiB: 100 },
      ]);
    const elsewhere = detailed(1, { gpuInstance: 4, computeInstance: 0 });
    expect(joinLists([listed(1)], { processes: [elsewhere], mig: [mig] })).toMatchObject([{ migUuid: null }]);
    // The GPU of the instance is still unknown.
    expect(joinLists([listed(1, 1, 'MIG-9')], { processes: [], mig: [] })).toMatchObject([
      { gpuUuid: 'MIG-9', migUuid: 'MIG-9' },
    ]);
  });
});
