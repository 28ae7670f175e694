import type { GpuSample, Tick } from '#contract';

/** Memory in MiB per GPU uuid. */
export type PerGpu = Record<string, number>;

/** So many ticks in a row that say the same are taken for the end of it. */
export const ALIKE = 3;

/** `silent`: nothing was seen yet. `held`: more than others had before. `moving`: it is back, and still changes. */
export type Settling = 'silent' | 'held' | 'moving' | 'back';

/** The driver takes memory back some time after a process has gone: its own figures say when. `seen`: since then, oldest first. */
export function settlingOf(seen: readonly Tick[], most: PerGpu): Settling {
  const last = seen.at(-1);
  if (!last) return 'silent';
  const used = usedMiB(last);
  if (Object.entries(used).some(([uuid, mib]) => mib > (most[uuid] ?? Number.POSITIVE_INFINITY))) return 'held';
  const alike = seen.slice(-ALIKE).filter((tick) => same(usedMiB(tick), used));
  return alike.length === ALIKE ? 'back' : 'moving';
}

export const usedMiB = (tick: Tick | null): PerGpu => perGpu(tick, (gpu) => gpu.memoryUsedMiB);

/**
 * What others hold, and so what may still be used when ours has come back; they may have grown by a hair meanwhile. The
 * most of the last ticks: what is ours comes from the worker, what is used from nvidia-smi, and where one is told a moment
 * before the other the difference of a single tick may be anything.
 */
export function othersMiB(ticks: readonly Tick[]): PerGpu {
  const most: PerGpu = {};
  for (const tick of ticks.slice(-ALIKE)) {
    const others = perGpu(tick, ({ memoryUsedMiB: used, memoryTotalMiB: total, ours }) =>
      used === null ? null : used - (ours?.usedMiB ?? 0) + Math.max(2, (total ?? 0) / 100),
    );
    for (const [uuid, mib] of Object.entries(others)) most[uuid] = Math.max(mib, most[uuid] ?? mib);
  }
  return most;
}

/** One figure of each GPU; a GPU without it is left out. */
function perGpu(tick: Tick | null, figure: (gpu: GpuSample) => number | null): PerGpu {
  const found = (tick?.gpus ?? []).flatMap((gpu) => {
    const value = figure(gpu);
    return value === null ? [] : [[gpu.uuid, value] as const];
  });
  return Object.fromEntries(found);
}

const same = (a: PerGpu, b: PerGpu) => Object.keys(b).every((uuid) => a[uuid] === b[uuid]);
