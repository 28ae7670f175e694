import { describe, expect, it } from 'vitest';
import { gpuSample } from '#samples';
import { missingIn, vitalsOf } from './vital-signs.ts';

const texts = (sample: ReturnType<typeof gpuSample>) => vitalsOf(sample, false).map(({ text }) => text);

describe('how a GPU is', () => {
  it('is told with units, power against its limit', () => {
    const sample = gpuSample({
      ...{ utilizationGpu: 0, temperature: 63, powerDrawW: 309.6, powerLimitW: 450 },
      ...{ clockSmMHz: 2520, clockMemoryMHz: 10501, pstate: 2 },
    });
    expect(texts(sample)).toEqual(['0 %', '63 °C', '310 / 450 W', '2520 MHz', '10501 MHz', 'P2']);
    expect(vitalsOf(sample, false).every(({ missing }) => missing === null)).toBe(true);
  });

  it('never shows 0 for what is not known, and says why', () => {
    const sample = gpuSample({
      powerLimitW: 70,
      reasons: { powerDrawW: 'not_supported', temperature: 'no_permission' },
    });
    expect(texts(sample)).toEqual(['– %', '– °C', '– / 70 W', '– MHz', '– MHz', 'P–']);
    expect(missingIn(sample, 'powerDrawW', false)).toBe('not_supported');
    expect(missingIn(sample, 'temperature', false)).toBe('no_permission');
    expect(missingIn(sample, 'pstate', false)).toBe('untold');
  });

  it('says that MIG hides the utilisation, whatever word the driver has for it', () => {
    const sample = gpuSample({ reasons: { utilizationGpu: 'not_supported', temperature: 'not_supported' } });
    expect(missingIn(sample, 'utilizationGpu', true)).toBe('mig');
    expect(missingIn(sample, 'temperature', true)).toBe('not_supported');
  });
});
