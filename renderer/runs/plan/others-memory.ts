import { useSyncExternalStore } from 'react';
import type { GpuSample } from '#contract';
import { ticks } from '../../transport/index.ts';

/** What moves less is no reason to ask for a plan again: a share of the card, a MiB count on large ones. */
const STEP_SHARE = 1 / 32;
const STEP_MIB = 512;
/** What the backend and nvidia-smi say are of different moments: one that is true is still true then. */
const STEADY_MS = 1_500;

/** What others hold, in MiB; null where it cannot be told. */
const othersMiB = ({ memoryUsedMiB, ours }: GpuSample): number | null =>
  memoryUsedMiB === null ? null : Math.max(0, memoryUsedMiB - (ours?.usedMiB ?? 0));

/**
 * Counts how often what others hold of any GPU has moved by a step, and stayed so: a plan that was made before that is old.
 */
export function createTaken() {
  let known = new Map<string, number>();
  let moved: number | null = null;
  let count = 0;
  const isFar = (gpu: GpuSample, others: number) =>
    Math.abs(others - (known.get(gpu.uuid) ?? Number.POSITIVE_INFINITY)) >=
    Math.min(STEP_MIB, (gpu.memoryTotalMiB ?? Number.POSITIVE_INFINITY) * STEP_SHARE);
  return (time: number, gpus: readonly GpuSample[]): number => {
    const now = gpus.flatMap((gpu) => {
      const others = othersMiB(gpu);
      return others === null ? [] : [{ gpu, others }];
    });
    const first = known.size === 0;
    if (!now.some(({ gpu, others }) => isFar(gpu, others))) moved = null;
    else moved ??= time;
    if (moved === null || (!first && time - moved < STEADY_MS)) return count;
    known = new Map(now.map(({ gpu, others }) => [gpu.uuid, others]));
    moved = null;
    if (!first) count += 1;
    return count;
  };
}

const taken = createTaken();
let count = 0;
ticks.onChange(() => {
  const tick = ticks.latest();
  if (tick) count = taken(tick.time, tick.gpus);
});

/** Another number whenever others have taken or given back so much memory that a plan has to be made anew. */
export const useTaken = () => useSyncExternalStore(ticks.onChange, () => count);
