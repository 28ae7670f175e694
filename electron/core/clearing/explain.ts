import type { GpuProcess, Tick } from '#contract';
import { type PerGpu, usedMiB } from './settling.ts';

export interface Outcome {
  latest: Tick | null;
  /** What others held, with the hair by which they may grow. */
  most: PerGpu;
  before: readonly GpuProcess[];
  after: readonly GpuProcess[];
  seconds: number;
}

/** Why the memory is not back: how much, who holds it, and what the person may do. */
export function blame({ latest, most, before, after, seconds }: Outcome): string {
  const short = (latest?.gpus ?? []).flatMap(({ uuid, index }) => {
    const over = (usedMiB(latest)[uuid] ?? 0) - (most[uuid] ?? Number.POSITIVE_INFINITY);
    return over > 0 ? [{ uuid, index, over }] : [];
  });
  if (short.length === 0) return `nvidia-smi gave no figures for ${seconds} seconds: nobody can say what came back.`;
  const amounts = short.map(({ index, over }) => `${mib(over)} on GPU ${index}`).join(', ');
  const holders = after.flatMap((one) => {
    if (!short.some(({ uuid }) => uuid === one.gpuUuid)) return [];
    const then = before.find((old) => old.pid === one.pid && old.gpuUuid === one.gpuUuid);
    return one.ours || (one.usedMiB ?? 0) > (then?.usedMiB ?? 0) ? [{ one, then }] : [];
  });
  return [`The memory did not come back within ${seconds} seconds: ${amounts}.`, ...tellHolders(holders)].join(' ');
}

const NOBODY =
  'No process that nvidia-smi lists holds it: the driver may need a moment more, or a process of another container has it. Restart the machine if it stays.';

type Holder = { one: GpuProcess; then: GpuProcess | undefined };

function tellHolders(holders: readonly Holder[]): string[] {
  if (holders.length === 0) return [NOBODY];
  return holders.map(({ one, then }) => {
    const held = `Process ${one.pid} (${one.name}) holds ${one.usedMiB === null ? 'some' : mib(one.usedMiB)}`;
    if (one.ours) return `${held}: it is the backend's and does not go; restart the machine if it stays.`;
    const more = then ? `${mib((one.usedMiB ?? 0) - (then.usedMiB ?? 0))} more than before` : 'and came meanwhile';
    const what = one.spared ? `ask ${one.user ?? 'its owner'} to end it` : 'end it in the list of processes';
    return `${held}, ${more}: it is not the backend's; ${what}.`;
  });
}

export const mib = (size: number) => `${Math.round(size)} MiB`;
