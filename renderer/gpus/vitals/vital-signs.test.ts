import { describe, expect, it } from 'vitest';
import { gpuSample } from '#samples';
import { missingReason, vitalsOf } from './vital-signs.ts';

const texts = (sample: ReturnType<typeof gpuSample>) => vitalsOf(sample, false).map(({ text }) => text);

describe('vital signs', () => {
  it('have units, and the power its limit', () => {
    const sample = gpuSample({
      utilizationGpu: 0,
      temperature: 63,
      powerDrawW: 309.6,
      powerLimitW: 450,
      clockSmMHz: 2520,
      clockMemoryMHz: 10501,
      pstate: 2,
    });
    expect(texts(sample)).toEqual(['0 %', '63 °C', '310 / 450 W', '2520 MHz', '10501 MHz', 'P2']);
    expect(vitalsOf(sample, false).every(({ missing }) => missing === null)).toBe(true);
  });

  it('show a dash, never 0, for a missing value, with the reason', () => {
    const sample = gpuSample({
      powerLimitW: 70,
      reasons: { powerDrawW: 'not_supported', temperature: 'no_permission' },
    });
    expect(texts(sample)).toEqual(['– %', '– °C', '– / 70 W', '– MHz', '– MHz', 'P–']);
    expect(missingReason(sample, 'powerDrawW', false)).toBe('not_supported');
    expect(missingReason(sample, 'temperature', false)).toBe('no_permission');
    expect(missingReason(sample, 'pstate', false)).toBe('unreported');
  });

  it('give MIG mode as the reason for missing utilization, whatever the driver reports', () => {
    const sample = gpuSample({ reasons: { utilizationGpu: 'not_supported', temperature: 'not_supported' } });
    expect(missingReason(sample, 'utilizationGpu', true)).toBe('mig');
    expect(missingReason(sample, 'temperature', true)).toBe('not_supported');
  });
});
