import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetMiB, type LimitForm, limitForm, limitSchema } from '#contract';
import { inForm, scaleOf } from './limit-scale.ts';

const forms = fc.constantFrom<LimitForm[]>('fraction', 'size', 'remainder');
const card = fc.constantFrom(256, 1_024, 8_151, 15_360, 24_564, 81_559, 143_771);
const limits = fc.oneof(
  fc.nat(100).map((percent) => percent / 100),
  fc.integer({ min: 1, max: 200_000 }).map((size) => `${size}MiB`),
  fc.integer({ min: 1, max: 200_000 }).map((size) => `-${size}MB`),
);

describe('the slider of a limit', () => {
  it('writes valid limits of its form, within the range', () => {
    fc.assert(
      fc.property(forms, card, fc.double({ min: 0, max: 1, noNaN: true }), (form, total, share) => {
        const scale = scaleOf(form, total);
        const position = Math.round((share * scale.max) / scale.step) * scale.step;
        const limit = limitSchema.parse(scale.limitAt(position));
        if (limit !== 0) expect(limitForm(limit)).toBe(form);
        const size = form === 'size' && position === scale.max ? Math.min(position, scale.positionOf(limit)) : position;
        expect(scale.positionOf(limit)).toBeCloseTo(size, 6);
        for (const { value } of scale.marks) expect(value).toBeLessThanOrEqual(scale.max);
      }),
    );
  });

  it('shows any limit within its range', () => {
    fc.assert(
      fc.property(forms, card, limits, (form, total, limit) => {
        const scale = scaleOf(form, total);
        expect(scale.positionOf(limit)).toBeGreaterThanOrEqual(0);
        expect(scale.positionOf(limit)).toBeLessThanOrEqual(scale.max);
      }),
    );
  });

  it('has marks that people read', () => {
    const labels = (form: LimitForm, total: number) => scaleOf(form, total).marks.map(({ label }) => label);
    expect(labels('fraction', 24_564)).toEqual(['50', '60', '70', '80', '100']);
    expect(labels('size', 24_564)).toEqual(['6', '12', '18', '24']);
    expect(labels('remainder', 24_564)).toEqual(['3', '6', '9', '12']);
    expect(labels('size', 256)).toEqual(['64', '128', '192', '256']);
    expect(scaleOf('fraction', 0).positionOf(0.8)).toBe(0.8);
  });
});

describe('a limit in another form', () => {
  it.each([
    [0.8, 'size', '19GiB'],
    [0.8, 'remainder', '-5GiB'],
    ['22GiB', 'fraction', 0.91],
    ['22GiB', 'remainder', '-2GiB'],
    ['-2GiB', 'size', '21.75GiB'],
    [1, 'remainder', '-0.25GiB'],
    ['-99GiB', 'size', '0.25GiB'],
    [0, 'size', 0],
  ] as const)('%s as a %s is %s on a card of 24564 MiB', (limit, form, changed) => {
    expect(inForm(limit, form, 24_564)).toBe(changed);
  });

  it('gives no more than before, but at least one or two steps', () => {
    fc.assert(
      fc.property(forms, card, limits, (form, total, limit) => {
        const before = budgetMiB(limit, total);
        const changed = limitSchema.parse(inForm(limit, form, total));
        const after = budgetMiB(changed, total);
        if (before === null || after === null) expect([before, after]).toEqual([null, null]);
        else expect(after).toBeLessThanOrEqual(Math.max(before, 512, total / 100) + 1e-6);
        if (changed !== 0) expect(limitForm(changed)).toBe(form);
      }),
    );
  });
});
