import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuProcess, Tick } from '#contract';
import { gpuProcess, gpuSample, tickOf } from '#samples';
import { explainHeldMemory } from './explain.ts';
import { othersMiB, STABLE_SAMPLES, settlingOf } from './settling.ts';

const tick = (...used: (number | null)[]): Tick =>
  tickOf(
    1,
    ...used.map((memoryUsedMiB, index) =>
      gpuSample({ uuid: `GPU-${index}`, index, memoryTotalMiB: 1_000, memoryReservedMiB: 0, memoryUsedMiB }),
    ),
  );
const limits = { 'GPU-0': 200, 'GPU-1': 100 };
const all = (...list: [number, number][]) =>
  settlingOf(
    list.map((used) => tick(...used)),
    limits,
  );

describe('the memory is free', () => {
  it('when the last samples are equal on every GPU, and not above the memory of others', () => {
    expect(settlingOf([], limits)).toBe('silent');
    expect(all([150, 50], [150, 50])).toBe('moving');
    expect(all([150, 50], [150, 50], [150, 50])).toBe('free');
    expect(all([150, 50], [150, 60], [150, 50])).toBe('moving');
    expect(all([150, 50], [150, 50], [150, 101])).toBe('held');
  });

  it('without a GPU that reports nothing', () => {
    expect(
      settlingOf(
        [1, 2, 3].map(() => tick(150, null)),
        limits,
      ),
    ).toBe('free');
  });

  it('never before enough samples, and never above the limit', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 6 });
    fc.assert(
      fc.property(sizes, (list) => {
        const found = settlingOf(
          list.map((used) => tick(used)),
          limits,
        );
        const tail = list.slice(-STABLE_SAMPLES);
        const flat = tail.length === STABLE_SAMPLES && new Set(tail).size === 1;
        expect(found === 'free').toBe(flat && (tail[0] ?? 0) <= 200);
      }),
    );
  });
});

describe('the memory of others', () => {
  const at = (used: number, ours: number) =>
    tickOf(
      1,
      gpuSample({
        ...{ uuid: 'GPU-0', memoryTotalMiB: 1_000, memoryUsedMiB: used },
        ours: { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 },
      }),
    );

  it('is not lower because the worker reported its growth before nvidia-smi', () => {
    expect(othersMiB([at(300, 100), at(300, 180), at(380, 180)])).toEqual({ 'GPU-0': 210 });
    expect(othersMiB([at(900, 0), at(300, 100), at(300, 100), at(300, 107)])).toEqual({ 'GPU-0': 210 });
    expect(othersMiB([])).toEqual({});
  });
});

describe('the memory is not free', () => {
  const holder = (more: Partial<GpuProcess>): GpuProcess => ({
    ...gpuProcess({ pid: 12, name: 'python3', user: 'alice', since: 1, startTime: 5, usedMiB: 300 }),
    ...more,
  });
  const explain = (before: GpuProcess[], after: GpuProcess[]) =>
    explainHeldMemory({ latest: tick(500, 50), limits, before, after, seconds: 10 });

  it('names processes that started or grew, and what to do about each', () => {
    const [notFreed, grown] = explain([holder({ usedMiB: 100 })], [holder({})]);
    expect(notFreed?.text).toBe('The memory was not freed within 10 s: 300 MiB on GPU 0.');
    expect(grown).toMatchObject({
      code: 'clearing.grown',
      values: { pid: 12, name: 'python3', size: '300 MiB', more: '200 MiB' },
    });
    expect(explain([], [holder({ protection: 'other_user' })])[1]).toMatchObject({
      code: 'clearing.newProtected',
      values: { owner: 'alice' },
    });
    expect(explain([], [holder({ ours: true })])[1]?.code).toBe('clearing.ownProcess');
  });

  it('names no process that held as much before, or is on another GPU', () => {
    const [, holders] = explain([holder({})], [holder({}), holder({ gpuUuid: 'GPU-1' })]);
    expect(holders?.code).toBe('clearing.noHolder');
  });

  it('says so where nothing was measured', () => {
    expect(explainHeldMemory({ latest: null, limits, before: [], after: [], seconds: 10 })).toMatchObject([
      { code: 'clearing.noSamples' },
    ]);
  });
});
