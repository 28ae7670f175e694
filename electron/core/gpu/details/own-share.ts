import type { BackendMemory, OwnShare, Tick } from '#contract';

const mib = (bytes: number) => bytes / 2 ** 20;

/** Adds the backend's own share of each GPU to a sample. Without a report the share stays unknown. */
export function mergeOwnShare(tick: Tick, memory: BackendMemory | null): Tick {
  if (!memory) return tick;
  const shares = new Map(memory.gpus.map((gpu) => [gpu.uuid, shareOf(gpu)]));
  return { ...tick, gpus: tick.gpus.map((gpu) => ({ ...gpu, ours: shares.get(gpu.uuid) ?? null })) };
}

function shareOf(gpu: BackendMemory['gpus'][number]): OwnShare {
  return {
    usedMiB: mib(gpu.used),
    contextMiB: mib(gpu.context),
    weightsMiB: mib(gpu.weights),
    kvCacheMiB: mib(gpu.kv_cache),
    activationsMiB: Math.max(0, mib(gpu.allocated - gpu.weights - gpu.kv_cache)),
    keptMiB: Math.max(0, mib(gpu.reserved - gpu.allocated)),
  };
}
