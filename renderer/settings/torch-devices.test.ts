import { expect, it } from 'vitest';
import type { PanelState } from '#contract';
import { torchDevices } from './torch-devices.ts';

const state = (given: { mig?: boolean[]; instances?: number; limits?: number; map?: string }) =>
  ({
    backend: { limits: Array.from({ length: given.limits ?? 0 }, (_, index) => ({ index })) },
    settings: { running: { LBS_LOCAL_DEVICE_MAP: given.map ?? 'auto' } },
    telemetry: {
      devices: (given.mig ?? [false, false]).map((migEnabled) => ({ migEnabled })),
      mig: Array.from({ length: given.instances ?? 0 }, () => ({})),
    },
  }) as unknown as PanelState;

it('names the GPUs of this machine, and with MIG the one instance that CUDA lists', () => {
  expect(torchDevices(state({}))).toEqual(['cuda:0', 'cuda:1']);
  expect(torchDevices(state({ mig: [] }))).toEqual([]);
  expect(torchDevices(state({ mig: [true, false], instances: 3 }))).toEqual(['cuda:0']);
  expect(torchDevices(state({ mig: [true, false] }))).toEqual(['cuda:0']);
});

it('believes a backend that runs on every GPU, and not one that runs on one', () => {
  expect(torchDevices(state({ limits: 1 }))).toEqual(['cuda:0']);
  expect(torchDevices(state({ limits: 1, map: 'cuda:1' }))).toEqual(['cuda:0', 'cuda:1']);
});
