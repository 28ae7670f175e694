import type { GpuProcess } from '#contract';
import { reasonSchema } from '#contract';
import { mib } from './explain.ts';

/** What the processes that a stop could not end hold of the GPUs; nothing to say where it failed for another reason. */
export function tellStuck(details: Record<string, unknown> | undefined, list: readonly GpuProcess[]): string | null {
  const reason = reasonSchema.safeParse(details?.reason);
  if (!reason.success || !reason.data.pids?.length) return null;
  return reason.data.pids
    .map((pid) => {
      const held = list.filter((one) => one.pid === pid).map(({ usedMiB }) => usedMiB ?? 0);
      return `Process ${pid} holds ${held.length > 0 ? mib(held.reduce((sum, one) => sum + one, 0)) : 'no memory'} of the GPUs.`;
    })
    .join(' ');
}
