import { expect, it } from 'vitest';
import type { GpuProcess, GpuSample } from '#contract';
import { shareByProcesses } from './own-processes.ts';

const gpu = (uuid: string): GpuSample => ({
  ...{ uuid, index: 0, state: 'ok', memoryTotalMiB: 1_000, memoryReservedMiB: 0, memoryUsedMiB: 600 },
  ...{ memoryFreeMiB: 400, utilizationGpu: null, temperature: null, powerDrawW: null, powerLimitW: null, ours: null },
});
const held = (gpuUuid: string, usedMiB: number | null, ours: boolean): GpuProcess => ({
  ...{ gpuUuid, usedMiB, ours, pid: 1, name: 'x', user: null, since: null, startTime: null, spared: null },
});

it('sums what carries our marker, per GPU, and claims nothing where a figure is missing', () => {
  const tick = { time: 0, gpus: [gpu('a'), gpu('b'), gpu('c')] };
  const processes = [held('a', 100, true), held('a', 50, true), held('a', 300, false), held('c', null, true)];
  const shares = shareByProcesses(tick, processes).gpus.map(({ ours }) => ours?.usedMiB ?? null);
  expect(shares).toEqual([150, 0, null]);
});
