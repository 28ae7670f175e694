import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultSettings,
  type GpuSample,
  limitInForce,
  type PanelState,
  type Sentence,
  verbatim,
  viewCard,
} from '#contract';
import { gpuProcess, gpuSample } from '#samples';
import { size } from '../../parts/index.ts';
import { judgeLimit, otherPrograms } from './headroom.ts';

const sample = (used: number, ours: number | null, total = 256, reserved = 2): GpuSample => ({
  ...gpuSample({ memoryTotalMiB: total, memoryReservedMiB: reserved, memoryUsedMiB: used }),
  memoryFreeMiB: total - reserved - used,
  ours:
    ours === null
      ? null
      : { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, activationsMiB: 0, keptMiB: 0 },
});

const limits = fc.oneof(
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.nat(400).map((size) => `${size + 1}MiB`),
  fc.nat(400).map((size) => `-${size + 1}MB`),
);

describe('headroom', () => {
  it('is what is left of the budget, or of the GPU if others use more', () => {
    expect(viewCard(sample(40, 30), 0.5)).toMatchObject({ headroom: 98, boundByOthers: false, others: 10 });
    expect(viewCard(sample(200, 30), 0.5)).toMatchObject({ headroom: 54, boundByOthers: true, others: 170 });
    expect(viewCard(sample(40, 30), '128MiB')).toMatchObject({ budget: 128, headroom: 98, boundByOthers: false });
    expect(viewCard(sample(40, 30), '-56MiB')).toMatchObject({ budget: 200, headroom: 170 });
    expect(viewCard(sample(40, null), 0)).toMatchObject({ headroom: 214, budget: null, ours: 0 });
    expect(viewCard({ ...sample(1, 1), memoryUsedMiB: null }, 0.5)).toBeNull();
  });

  it('is never negative and never more than the GPU has free', () => {
    fc.assert(
      fc.property(fc.nat(254), fc.nat(300), limits, (used, ours, limit) => {
        const view = viewCard(sample(used, ours), limit);
        expect(view?.headroom).toBeGreaterThanOrEqual(0);
        expect(view?.headroom).toBeLessThanOrEqual(254 - used);
      }),
    );
  });

  it('judges a pending limit', () => {
    const view = viewCard(sample(40, 30), 0.5);
    if (!view) throw new Error('no view');
    expect(['26MiB', '40MiB', '-26MiB'].map((limit) => judgeLimit(view, limit).verdict)).toEqual([
      'over',
      'tight',
      'fits',
    ]);
    expect([0.1, 0.15, 0.9].map((limit) => judgeLimit(view, limit).verdict)).toEqual(['over', 'tight', 'fits']);
  });
});

describe('the limit in force', () => {
  const state = (running: number | null, limitNote: Sentence | null, limits: object[]) =>
    ({
      backend: { phase: running === null ? 'stopped' : 'ready', limits, limitNote },
      settings: {
        desired: { ...defaultSettings, LBS_GPU_MEMORY_LIMIT: 0.7 },
        running: running === null ? null : { LBS_GPU_MEMORY_LIMIT: running },
      },
    }) as unknown as PanelState;

  it('is the running backend’s, or the next start’s if none runs', () => {
    expect(limitInForce(state(0.5, null, [{}]))).toBe(0.5);
    expect(limitInForce(state(null, null, []))).toBe(0.7);
    // The worker is still starting: the limit may yet be applied.
    expect(limitInForce(state(0.5, null, []))).toBe(0.5);
  });

  it('is 0 if the worker could not apply it', () => {
    expect(limitInForce(state(0.5, verbatim('GPU memory limit not applied: no GPU is visible.'), []))).toBe(0);
  });
});

it('names the other programs on a GPU, the largest first, without their folders', () => {
  const on = (gpuUuid: string, name: string, usedMiB: number, ours = false) =>
    gpuProcess({ gpuUuid, name, usedMiB, ours });
  const names = otherPrograms('a', [
    on('a', '/usr/lib/xorg/Xorg -core', 10),
    on('a', 'C:\\x\\game.exe', 20),
    on('a', 'python', 90, true),
    on('b', 'else', 5),
  ]);
  expect(names).toEqual(['game.exe', 'Xorg']);
});

describe('sizes', () => {
  it('take their unit from the GPU’s total', () => {
    expect(size(30.4, 256)).toEqual({ text: '30', unit: 'MiB' });
    expect(size(3993.6, 24576)).toEqual({ text: '3.9', unit: 'GiB' });
  });
});
