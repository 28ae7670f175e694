import { type GpuProcess, reasonSchema, type Sentence } from '#contract';
import { mib } from './explain.ts';
import { say } from './sentences.ts';

/** The GPU memory of the processes that a stop could not terminate; empty where it failed for another reason. */
export function describeStuck(details: Record<string, unknown> | undefined, list: readonly GpuProcess[]): Sentence[] {
  const reason = reasonSchema.safeParse(details?.reason);
  return (reason.data?.pids ?? []).map((pid) => {
    const held = list.filter((one) => one.pid === pid).map(({ usedMiB }) => usedMiB ?? 0);
    if (held.length === 0) return say('stuckHoldsNothing', { pid });
    return say('stuckHolds', { pid, size: mib(held.reduce((sum, one) => sum + one, 0)) });
  });
}
