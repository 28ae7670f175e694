import { expect, it } from 'vitest';
import { gpuProcess, gpuSample, tickOf } from '#samples';
import { shareByProcesses } from './share-by-processes.ts';

const gpu = (uuid: string) =>
  gpuSample({ uuid, memoryTotalMiB: 1_000, memoryReservedMiB: 0, memoryUsedMiB: 600, memoryFreeMiB: 400 });
const held = (gpuUuid: string, usedMiB: number | null, ours: boolean) => gpuProcess({ gpuUuid, usedMiB, ours });

it('sums our processes per GPU, and is unknown where memory is missing', () => {
  const tick = tickOf(0, gpu('a'), gpu('b'), gpu('c'));
  const processes = [held('a', 100, true), held('a', 50, true), held('a', 300, false), held('c', null, true)];
  const shares = shareByProcesses(tick, processes).gpus.map(({ ours }) => ours?.usedMiB ?? null);
  expect(shares).toEqual([150, 0, null]);
  expect(shareByProcesses(tick, null).gpus.map(({ ours }) => ours)).toEqual([null, null, null]);
});
