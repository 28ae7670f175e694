import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GpuSample } from '#contract';
import { columns } from './columns.ts';
import { judge, viewCard } from './headroom.ts';
import { size } from './units.ts';

const sample = (used: number, ours: number | null, total = 256, reserved = 2): GpuSample => ({
  uuid: 'GPU-0',
  index: 0,
  state: 'ok',
  memoryTotalMiB: total,
  memoryReservedMiB: reserved,
  memoryUsedMiB: used,
  memoryFreeMiB: total - reserved - used,
  utilizationGpu: 0,
  temperature: 30,
  powerDrawW: 10,
  powerLimitW: 75,
  ours:
    ours === null ? null : { usedMiB: ours, contextMiB: 0, weightsMiB: 0, kvCacheMiB: 0, workingSetMiB: 0, keptMiB: 0 },
});

describe('headroom', () => {
  it('is what is left of the budget, or of the card where others take more', () => {
    expect(viewCard(sample(40, 30), 0.5)).toMatchObject({ headroom: 98, boundByOthers: false, others: 10 });
    expect(viewCard(sample(200, 30), 0.5)).toMatchObject({ headroom: 54, boundByOthers: true, others: 170 });
    expect(viewCard(sample(40, null), 0)).toMatchObject({ headroom: 214, budget: null, ours: 0 });
    expect(viewCard({ ...sample(1, 1), memoryUsedMiB: null }, 0.5)).toBeNull();
  });

  it('is never negative and never more than the card has left', () => {
    fc.assert(
      fc.property(fc.nat(254), fc.nat(300), fc.double({ min: 0, max: 1, noNaN: true }), (used, ours, limit) => {
        const view = viewCard(sample(used, ours), limit);
        expect(view?.headroom).toBeGreaterThanOrEqual(0);
        expect(view?.headroom).toBeLessThanOrEqual(254 - used);
      }),
    );
  });

  it('judges a pending limit', () => {
    const view = viewCard(sample(40, 30), 0.5);
    if (!view) throw new Error('no view');
    expect([0.1, 0.15, 0.9].map((limit) => judge(view, limit).verdict)).toEqual(['over', 'tight', 'fits']);
  });
});

describe('columns', () => {
  it('keeps every spike, however many samples fall on one pixel', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1_000), { minLength: 1, maxLength: 500 }),
        fc.integer({ min: 1, max: 50 }),
        (values, width) => {
          const points = values.map((value, i) => ({ x: (i / values.length) * width, value }));
          const kept = columns(points, 1);
          expect(Math.max(...kept.map((column) => column.max))).toBe(Math.max(...values));
          expect(Math.min(...kept.map((column) => column.min))).toBe(Math.min(...values));
          expect(kept.length).toBeLessThanOrEqual(width + 1);
        },
      ),
    );
  });
});

describe('sizes', () => {
  it('take their unit from the card', () => {
    expect(size(30.4, 256)).toEqual({ text: '30', unit: 'MiB' });
    expect(size(3993.6, 24576)).toEqual({ text: '3.9', unit: 'GiB' });
  });
});
