import { describe, expect, it } from 'vitest';
import { throttleBits, verbatim, type Xid } from '#contract';
import { gpuDevice, gpuSample } from '#samples';
import { brakesOf, xidsOf } from './gpu-warnings.ts';

describe('what slows a GPU', () => {
  it('is none of being idle or as fast as somebody asked for', () => {
    expect(brakesOf(gpuSample({ throttle: throttleBits.gpu_idle | throttleBits.applications_clocks }))).toEqual([]);
    expect(brakesOf(gpuSample({ throttle: null }))).toEqual([]);
  });

  it('tells the hardware’s own brakes from the driver’s', () => {
    const throttle = throttleBits.sw_power_cap | throttleBits.hw_thermal | throttleBits.sw_thermal;
    expect(brakesOf(gpuSample({ throttle }))).toEqual([
      { reason: 'sw_power_cap', level: 'usual' },
      { reason: 'sw_thermal', level: 'soft' },
      { reason: 'hw_thermal', level: 'hard' },
    ]);
  });
});

describe('the driver’s errors', () => {
  const xid = (code: number, given: Partial<Xid>): Xid => ({
    time: code,
    pciBusId: '',
    gpuUuid: null,
    code,
    sentence: verbatim(''),
    ...given,
  });
  const device = gpuDevice({ uuid: 'GPU-a', pciBusId: '00000000:0A:00.0' });

  it('belong to a GPU by its uuid, or by its place on the bus; newest first', () => {
    const xids = [
      xid(1, { gpuUuid: 'GPU-a' }),
      xid(2, { gpuUuid: 'GPU-b', pciBusId: '0000:0a:00' }),
      xid(3, { pciBusId: '0000:0a:00' }),
      xid(4, { pciBusId: '0000:0b:00' }),
    ];
    expect(xidsOf(device, xids).map(({ code }) => code)).toEqual([3, 1]);
  });

  it('belong to nobody where neither is known', () => {
    expect(xidsOf(gpuDevice({ pciBusId: null }), [xid(5, { pciBusId: '' })])).toEqual([]);
  });
});
