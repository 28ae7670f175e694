import type { MigInstance } from '#contract';
import type { XmlGpu, XmlMig } from './xml.ts';

/** One MIG device as `nvidia-smi -L` lists it below its GPU. */
export interface MigListed {
  gpuUuid: string;
  /** Its index among the devices of this GPU: `index` in `-q -x`. */
  device: number;
  uuid: string;
  profile: string;
}

export const listArgs = ['-L'] as const;

/** Parses lines of `  MIG 1g.10gb     Device  0: (UUID: MIG-...)` below `GPU 0: NVIDIA H100 (UUID: GPU-...)`. */
export function parseMigList(text: string): MigListed[] {
  let gpuUuid = '';
  return text.split('\n').flatMap((line) => {
    gpuUuid = /^GPU \d+: .*\(UUID: (GPU-[^)\s]+)\)\s*$/.exec(line)?.[1] ?? gpuUuid;
    const match = /^\s*MIG (\S+)\s+Device\s+(\d{1,4}): \(UUID: (MIG-[^)\s]+)\)\s*$/.exec(line);
    if (!match || gpuUuid === '') return [];
    const [, profile = '', device, uuid = ''] = match;
    return [{ gpuUuid, device: Number(device), uuid, profile }];
  });
}

export function migInstances(gpus: readonly XmlGpu[], listed: readonly MigListed[]): MigInstance[] {
  return gpus.flatMap(({ uuid: gpuUuid, mig }) => {
    const here = listed.filter((one) => one.gpuUuid === gpuUuid);
    return mig.map((one, place) => {
      const { gpuInstance, computeInstance, memoryTotalMiB, memoryUsedMiB } = one;
      const found = listedAs(one, place, here);
      const { uuid = null, profile = null } = found ?? {};
      return { gpuUuid, uuid, gpuInstance, computeInstance, profile, memoryTotalMiB, memoryUsedMiB };
    });
  });
}

function listedAs({ index, gpuInstance, computeInstance }: XmlMig, place: number, here: readonly MigListed[]) {
  // Before 470 the uuid contains the instances: MIG-GPU-.../1/0.
  const named = here.filter(({ uuid }) => uuid.includes('/'));
  if (named.length > 0) return named.find(({ uuid }) => uuid.endsWith(`/${gpuInstance}/${computeInstance}`));
  return here.find(({ device }) => device === (index ?? place));
}

/** The GPU of a MIG device's uuid; null where it is unknown. */
export function gpuOfMig(uuid: string, instances: readonly MigInstance[]): string | null {
  const old = /^MIG-(GPU-[^/]+)\/\d+\/\d+$/.exec(uuid)?.[1];
  return old ?? instances.find((one) => one.uuid === uuid)?.gpuUuid ?? null;
}
