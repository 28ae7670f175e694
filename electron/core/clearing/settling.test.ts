import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuProcess, Tick } from '#contract';
import { gpuProcess, gpuSample, tickOf } from '#samples';
import { blame } from './explain.ts';
import { ALIKE, othersMiB, settlingOf } from './settling.ts';

const tick = (...used: (number | null)[]): Tick =>
  tickOf(
    1,
    ...used.map((memoryUsedMiB, index) =>
      gpuSample({ uuid: `GPU-${index}`, index, memoryTotalMiB: 1_000, memoryReservedMiB: 0, memoryUsedMiB }),
    ),
  );
const most = { 'GPU-0': 200, 'GPU-1': 100 };
const all = (...list: [number, number][]) =>
  settlingOf(
    list.map((used) => tick(...used)),
    most,
  );

describe('the memory is back', () => {
  it('when the last ticks are alike on every GPU, and not above what others held', () => {
    expect(settlingOf([], most)).toBe('silent');
    expect(all([150, 50], [150, 50])).toBe('moving');
    expect(all([150, 50], [150, 50], [150, 50])).toBe('back');
    expect(all([150, 50], [150, 60], [150, 50])).toBe('moving');
    expect(all([150, 50], [150, 50], [150, 101])).toBe('held');
  });

  it('needs no figure of a GPU that gives none', () => {
    expect(
      settlingOf(
        [1, 2, 3].map(() => tick(150, null)),
        most,
      ),
    ).toBe('back');
  });

  it('never before so many ticks, and never above', () => {
    const figures = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 6 });
    fc.assert(
      fc.property(figures, (list) => {
        const found = settlingOf(
          list.map((used) => tick(used)),
          most,
        );
        const tail = list.slice(-ALIKE);
        const flat = tail.length === ALIKE && new Set(tail).size === 1;
        expect(found === 'back').toBe(flat && (tail[0] ?? 0) <= 200);
      }),
    );
  });
});

describe('what others hold', () => {
  const at = (used: number, ours: number) =>
    tickOf(
      1,
      gpuSample({
        ...{ uuid: 'GPU-0', memoryTotalMiB: 1_000, memoryUsedMiB: used },
        ours: { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0 },
      }),
    );

  it('is no less because the worker told of its growth before nvidia-smi did', () => {
    expect(othersMiB([at(300, 100), at(300, 180), at(380, 180)])).toEqual({ 'GPU-0': 210 });
    expect(othersMiB([at(900, 0), at(300, 100), at(300, 100), at(300, 107)])).toEqual({ 'GPU-0': 210 });
    expect(othersMiB([])).toEqual({});
  });
});

describe('the memory is not back', () => {
  const holder = (more: Partial<GpuProcess>): GpuProcess => ({
    ...gpuProcess({ pid: 12, name: 'python3', user: 'alice', since: 1, startTime: 5, usedMiB: 300 }),
    ...more,
  });
  const say = (before: GpuProcess[], after: GpuProcess[]) =>
    blame({ latest: tick(500, 50), most, before, after, seconds: 10 });

  it('names who came or grew, and what can be done about each', () => {
    expect(say([holder({ usedMiB: 100 })], [holder({})])).toBe(
      "The memory did not come back within 10 seconds: 300 MiB on GPU 0. Process 12 (python3) holds 300 MiB, 200 MiB more than before: it is not the backend's; end it in the list of processes.",
    );
    expect(say([], [holder({ spared: 'other_user' })])).toContain(
      'and came meanwhile: it is not the backend’s; ask alice'.replace('’', "'"),
    );
    expect(say([], [holder({ ours: true })])).toContain('restart the machine if it stays');
  });

  it('names nobody who held as much before, or who is on another GPU', () => {
    expect(say([holder({})], [holder({}), holder({ gpuUuid: 'GPU-1' })])).toContain('No process that nvidia-smi lists');
  });

  it('says so where nothing was measured', () => {
    expect(blame({ latest: null, most, before: [], after: [], seconds: 10 })).toContain('gave no figures');
  });
});
