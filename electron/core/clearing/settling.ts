import type { GpuSample, Tick } from '#contract';

/** Memory in MiB per GPU uuid. */
export type PerGpu = Record<string, number>;

/** This many equal samples in a row count as stable. */
export const STABLE_SAMPLES = 3;

/** `silent`: no sample yet. `held`: more than others had before. `moving`: free, but still changing. */
type Settling = 'silent' | 'held' | 'moving' | 'free';

/** The driver frees memory some time after a process has exited: its own numbers show when. `samples`: since then, oldest first. */
export function settlingOf(samples: readonly Tick[], limits: PerGpu): Settling {
  const last = samples.at(-1);
  if (!last) return 'silent';
  const used = usedMiB(last);
  if (Object.entries(used).some(([uuid, mib]) => mib > (limits[uuid] ?? Number.POSITIVE_INFINITY))) return 'held';
  const equal = samples.slice(-STABLE_SAMPLES).filter((tick) => same(usedMiB(tick), used));
  return equal.length === STABLE_SAMPLES ? 'free' : 'moving';
}

export const usedMiB = (tick: Tick | null): PerGpu => perGpu(tick, (gpu) => gpu.memoryUsedMiB);

/**
 * The memory of other processes, which may stay in use after ours is freed, with a margin for their growth. It is the
 * maximum of the last samples: our share comes from the worker and the memory in use from nvidia-smi, so in a single sample
 * one may be older than the other.
 */
export function othersMiB(ticks: readonly Tick[]): PerGpu {
  const most: PerGpu = {};
  for (const tick of ticks.slice(-STABLE_SAMPLES)) {
    const others = perGpu(tick, ({ memoryUsedMiB: used, memoryTotalMiB: total, ours }) =>
      used === null ? null : used - (ours?.usedMiB ?? 0) + Math.max(2, (total ?? 0) / 100),
    );
    for (const [uuid, mib] of Object.entries(others)) most[uuid] = Math.max(mib, most[uuid] ?? mib);
  }
  return most;
}

/** One number per GPU; a GPU without it is omitted. */
function perGpu(tick: Tick | null, memoryOf: (gpu: GpuSample) => number | null): PerGpu {
  const found = (tick?.gpus ?? []).flatMap((gpu) => {
    const value = memoryOf(gpu);
    return value === null ? [] : [[gpu.uuid, value] as const];
  });
  return Object.fromEntries(found);
}

const same = (a: PerGpu, b: PerGpu) => Object.keys(b).every((uuid) => a[uuid] === b[uuid]);
