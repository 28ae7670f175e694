import { describe, expect, it } from 'vitest';
import { gpuOfMig, migInstances, parseMigList } from './mig.ts';
import type { XmlGpu, XmlMig } from './xml.ts';

const gpu = (uuid: string, ...mig: XmlMig[]): XmlGpu => ({
  ...{ uuid, memoryTotalMiB: 81_920, memoryUsedMiB: 0, processes: [] },
  mig,
});
const device = (index: number | null, gpuInstance: number, computeInstance = 0): XmlMig => ({
  ...{ index, gpuInstance, computeInstance, memoryTotalMiB: 9_856, memoryUsedMiB: 12 },
});

/** The format of drivers from 470 on. */
const text = `GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-aaaa)
  MIG 3g.40gb     Device  0: (UUID: MIG-5c1f)
  MIG 1c.2g.20gb  Device  1: (UUID: MIG-77aa)
  MIG 1g.10gb+me  Device 10: (UUID: MIG-90bb)
GPU 1: NVIDIA H100 (x) (UUID: GPU-bbbb)
GPU 2: NVIDIA A100-SXM4-80GB (UUID: GPU-cccc)
  MIG 1g.10gb     Device  0: (UUID: MIG-0d0d)
`;
/** The format of 450 and 460. */
const old = `GPU 4: A100-PCIE-40GB (UUID: GPU-aaaa)
  MIG 3g.20gb Device 0: (UUID: MIG-GPU-aaaa/2/0)
  MIG 3g.20gb Device 1: (UUID: MIG-GPU-aaaa/1/0)
`;

describe('nvidia-smi -L', () => {
  it('names each MIG device below its GPU', () => {
    expect(parseMigList(text)).toEqual([
      { gpuUuid: 'GPU-aaaa', device: 0, uuid: 'MIG-5c1f', profile: '3g.40gb' },
      { gpuUuid: 'GPU-aaaa', device: 1, uuid: 'MIG-77aa', profile: '1c.2g.20gb' },
      { gpuUuid: 'GPU-aaaa', device: 10, uuid: 'MIG-90bb', profile: '1g.10gb+me' },
      { gpuUuid: 'GPU-cccc', device: 0, uuid: 'MIG-0d0d', profile: '1g.10gb' },
    ]);
    expect(parseMigList(text.replaceAll('\n', '\r\n'))).toEqual(parseMigList(text));
    expect(parseMigList('  MIG 1g.10gb Device 0: (UUID: MIG-of-no-gpu)\n  MIG Mode: Enabled\nGPU 0: x\n')).toEqual([]);
  });
});

describe('MIG instances', () => {
  it('have the name of the device with their index, and none where it is not listed', () => {
    const gpus = [gpu('GPU-cccc', device(0, 9)), gpu('GPU-aaaa', device(0, 2), device(10, 13), device(3, 5, 1))];
    expect(migInstances(gpus, parseMigList(text))).toEqual([
      {
        ...{ gpuUuid: 'GPU-cccc', uuid: 'MIG-0d0d', gpuInstance: 9, computeInstance: 0, profile: '1g.10gb' },
        ...{ memoryTotalMiB: 9_856, memoryUsedMiB: 12 },
      },
      expect.objectContaining({ gpuUuid: 'GPU-aaaa', uuid: 'MIG-5c1f', gpuInstance: 2, profile: '3g.40gb' }),
      expect.objectContaining({ gpuUuid: 'GPU-aaaa', uuid: 'MIG-90bb', gpuInstance: 13, profile: '1g.10gb+me' }),
      expect.objectContaining({ gpuInstance: 5, computeInstance: 1, uuid: null, profile: null }),
    ]);
  });

  it('are matched by the ids in an old name, in any order', () => {
    const found = migInstances([gpu('GPU-aaaa', device(0, 1), device(1, 2))], parseMigList(old));
    expect(found.map(({ uuid }) => uuid)).toEqual(['MIG-GPU-aaaa/1/0', 'MIG-GPU-aaaa/2/0']);
  });

  it('lead back to their GPU', () => {
    const instances = migInstances([gpu('GPU-aaaa', device(0, 2))], parseMigList(text));
    expect(gpuOfMig('MIG-5c1f', instances)).toBe('GPU-aaaa');
    expect(gpuOfMig('MIG-GPU-dddd/1/0', [])).toBe('GPU-dddd');
    expect(gpuOfMig('MIG-unknown', instances)).toBeNull();
  });
});
