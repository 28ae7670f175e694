import type { GpuProcess, Sentence, Tick } from '#contract';
import { say } from './sentences.ts';
import { type PerGpu, usedMiB } from './settling.ts';

export interface Outcome {
  latest: Tick | null;
  /** The memory of other processes before, with a margin for their growth. */
  limits: PerGpu;
  before: readonly GpuProcess[];
  after: readonly GpuProcess[];
  seconds: number;
}

/** Why the memory is not free: how much, which processes hold it, and what the person can do. */
export function explainHeldMemory({ latest, limits, before, after, seconds }: Outcome): [Sentence, ...Sentence[]] {
  const used = usedMiB(latest);
  const held = (latest?.gpus ?? []).flatMap(({ uuid, index }) => {
    const excess = (used[uuid] ?? 0) - (limits[uuid] ?? Number.POSITIVE_INFINITY);
    return excess > 0 ? [{ uuid, index, excess }] : [];
  });
  if (held.length === 0) return [say('noSamples', { seconds })];
  const amounts = held.map(({ index, excess }) => say('amount', { size: mib(excess), index }));
  const holders = after.flatMap((one) => {
    if (!held.some(({ uuid }) => uuid === one.gpuUuid)) return [];
    const earlier = before.find((old) => old.pid === one.pid && old.gpuUuid === one.gpuUuid);
    return one.ours || (one.usedMiB ?? 0) > (earlier?.usedMiB ?? 0) ? [describeHolder(one, earlier)] : [];
  });
  return [say('notFreed', { seconds, amounts }), ...(holders.length > 0 ? holders : [say('noHolder')])];
}

function describeHolder(one: GpuProcess, earlier: GpuProcess | undefined): Sentence {
  const { pid, name, user } = one;
  const size = one.usedMiB === null ? say('someMemory') : mib(one.usedMiB);
  if (one.ours) return say('ownProcess', { pid, name, size });
  const owner = user ?? say('itsOwner');
  if (!earlier)
    return one.protection ? say('newProtected', { pid, name, size, owner }) : say('new', { pid, name, size });
  const more = mib((one.usedMiB ?? 0) - (earlier.usedMiB ?? 0));
  return one.protection
    ? say('grownProtected', { pid, name, size, more, owner })
    : say('grown', { pid, name, size, more });
}

/** Several sentences as one. */
export function combineSentences(sentences: readonly [Sentence, ...Sentence[]]): Sentence {
  const [summary, ...details] = sentences;
  return details.length === 0 ? summary : say('withDetails', { summary, details });
}

export const mib = (size: number) => `${Math.round(size)} MiB`;
