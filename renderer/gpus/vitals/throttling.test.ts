import { describe, expect, it } from 'vitest';
import { throttleBits, verbatim, type Xid } from '#contract';
import { gpuDevice, gpuSample } from '#samples';
import { throttlingOf, xidsOf } from './throttling.ts';

describe('throttling', () => {
  it('does not include idle clocks or application clocks', () => {
    expect(throttlingOf(gpuSample({ throttle: throttleBits.gpu_idle | throttleBits.applications_clocks }))).toEqual([]);
    expect(throttlingOf(gpuSample({ throttle: null }))).toEqual([]);
  });

  it('tells hardware slowdowns from the driver’s', () => {
    const throttle = throttleBits.sw_power_cap | throttleBits.hw_thermal | throttleBits.sw_thermal;
    expect(throttlingOf(gpuSample({ throttle }))).toEqual([
      { reason: 'sw_power_cap', severity: 'normal' },
      { reason: 'sw_thermal', severity: 'warning' },
      { reason: 'hw_thermal', severity: 'critical' },
    ]);
  });
});

describe('Xid errors', () => {
  const xid = (code: number, given: Partial<Xid>): Xid => ({
    time: code,
    pciBusId: '',
    gpuUuid: null,
    code,
    sentence: verbatim(''),
    ...given,
  });
  const device = gpuDevice({ uuid: 'GPU-a', pciBusId: '00000000:0A:00.0' });

  it('match a GPU by uuid, or by PCI address; newest first', () => {
    const xids = [
      xid(1, { gpuUuid: 'GPU-a' }),
      xid(2, { gpuUuid: 'GPU-b', pciBusId: '0000:0a:00' }),
      xid(3, { pciBusId: '0000:0a:00' }),
      xid(4, { pciBusId: '0000:0b:00' }),
    ];
    expect(xidsOf(device, xids).map(({ code }) => code)).toEqual([3, 1]);
  });

  it('match no GPU if neither is known', () => {
    expect(xidsOf(gpuDevice({ pciBusId: null }), [xid(5, { pciBusId: '' })])).toEqual([]);
  });
});
