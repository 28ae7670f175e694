import { describe, expect, it } from 'vitest';
import type { HostSample } from '#contract';
import { hostView } from './host-view.ts';

const host = (given: Partial<HostSample>): HostSample => ({
  ...{ ramTotalMiB: 1_000, ramUsedMiB: 600, swapTotalMiB: 0, swapUsedMiB: 0, backendRssMiB: 200 },
  ...given,
});

describe('the machine’s memory', () => {
  it('is the backend’s and what else is used', () => {
    expect(hostView(host({}))).toEqual({ ours: 20, others: 40 });
  });

  it('never shows more than is used, though shared memory counts for each process', () => {
    expect(hostView(host({ backendRssMiB: 900 }))).toEqual({ ours: 60, others: 0 });
  });

  it('is no bar where the system does not tell', () => {
    expect(hostView(host({ ramUsedMiB: null }))).toBeNull();
    expect(hostView(host({ ramTotalMiB: null }))).toBeNull();
    expect(hostView(host({ backendRssMiB: null }))).toEqual({ ours: 0, others: 60 });
  });
});
