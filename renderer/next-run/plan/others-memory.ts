import { useSyncExternalStore } from 'react';
import type { GpuSample } from '#contract';
import { ticks } from '../../transport/index.ts';

/** A smaller change does not make a plan obsolete: a share of the card, at most this many MiB on a large one. */
const STEP_SHARE = 1 / 32;
const STEP_MIB = 512;
/** The backend and nvidia-smi report at different moments, so only a change that lasts this long is real. */
const STEADY_MS = 1_500;

/** What other processes hold, in MiB; null where nvidia-smi does not report it. */
const othersMiB = ({ memoryUsedMiB, ours }: GpuSample): number | null =>
  memoryUsedMiB === null ? null : Math.max(0, memoryUsedMiB - (ours?.usedMiB ?? 0));

/**
 * Counts lasting changes of the memory that other processes hold on any GPU: each makes earlier plans obsolete.
 * `time` is in milliseconds.
 */
export function createChangeCounter() {
  let known = new Map<string, number>();
  let changedAt: number | null = null;
  let count = 0;
  const isChange = (gpu: GpuSample, others: number) =>
    Math.abs(others - (known.get(gpu.uuid) ?? Number.POSITIVE_INFINITY)) >=
    Math.min(STEP_MIB, (gpu.memoryTotalMiB ?? Number.POSITIVE_INFINITY) * STEP_SHARE);
  return (time: number, gpus: readonly GpuSample[]): number => {
    const current = gpus.flatMap((gpu) => {
      const others = othersMiB(gpu);
      return others === null ? [] : [{ gpu, others }];
    });
    const isFirst = known.size === 0;
    if (!current.some(({ gpu, others }) => isChange(gpu, others))) changedAt = null;
    else changedAt ??= time;
    if (changedAt === null || (!isFirst && time - changedAt < STEADY_MS)) return count;
    known = new Map(current.map(({ gpu, others }) => [gpu.uuid, others]));
    changedAt = null;
    if (!isFirst) count += 1;
    return count;
  };
}

const countChanges = createChangeCounter();
let count = 0;
ticks.onChange(() => {
  const tick = ticks.latest();
  if (tick) count = countChanges(tick.time, tick.gpus);
});

/** How often the memory of other processes has changed: a plan that was made at an earlier count is obsolete. */
export const useOthersChanges = () => useSyncExternalStore(ticks.onChange, () => count);
