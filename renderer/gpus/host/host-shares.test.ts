import { describe, expect, it } from 'vitest';
import type { HostSample } from '#contract';
import { hostShares } from './host-shares.ts';

const host = (given: Partial<HostSample>): HostSample => ({
  ramTotalMiB: 1_000,
  ramUsedMiB: 600,
  swapTotalMiB: 0,
  swapUsedMiB: 0,
  backendRssMiB: 200,
  ...given,
});

describe('system RAM', () => {
  it('is split into the backend’s share and the others’', () => {
    expect(hostShares(host({}))).toEqual({ ours: 20, others: 40 });
  });

  it('is never more than the memory in use, though shared pages count once per process', () => {
    expect(hostShares(host({ backendRssMiB: 900 }))).toEqual({ ours: 60, others: 0 });
  });

  it('has no shares if the system does not report it', () => {
    expect(hostShares(host({ ramUsedMiB: null }))).toBeNull();
    expect(hostShares(host({ ramTotalMiB: null }))).toBeNull();
    expect(hostShares(host({ backendRssMiB: null }))).toEqual({ ours: 0, others: 60 });
  });
});
