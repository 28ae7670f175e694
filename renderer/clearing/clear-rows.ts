import type { Clearing, GpuDevice, GpuProcess } from '#contract';

/** Memory in MiB before and after, and the part that was freed; null if unknown, or not known yet. */
export interface Usage {
  before: number | null;
  after: number | null;
  freed: number | null;
}

export interface GpuRow extends Usage {
  uuid: string;
  index: number | null;
  total: number;
  processes: (Usage & { process: GpuProcess })[];
}

/** Each GPU with its processes: the largest before the clearing first, then the new ones. */
export function clearTable(clearing: Clearing, devices: readonly GpuDevice[]): GpuRow[] {
  const { beforeMiB, afterMiB } = clearing;
  return Object.keys({ ...beforeMiB, ...afterMiB }).map((uuid) => {
    const device = devices.find((entry) => entry.uuid === uuid);
    return {
      uuid,
      index: device?.index ?? null,
      total: device?.memoryTotalMiB ?? beforeMiB[uuid] ?? 0,
      ...usage(beforeMiB[uuid] ?? null, afterMiB ? (afterMiB[uuid] ?? null) : null),
      processes: processesOn(uuid, clearing),
    };
  });
}

function processesOn(uuid: string, { before, after }: Clearing): GpuRow['processes'] {
  const old = before.filter(({ gpuUuid }) => gpuUuid === uuid).sort((a, b) => (b.usedMiB ?? 0) - (a.usedMiB ?? 0));
  const current = (after ?? []).filter(({ gpuUuid }) => gpuUuid === uuid);
  const added = current.filter((process) => !old.some((other) => isSame(other, process)));
  return [
    ...old.map((process) => {
      const left = current.find((other) => isSame(other, process));
      // A process that is no longer listed holds nothing.
      return { process, ...usage(process.usedMiB, after === null ? null : left ? left.usedMiB : 0) };
    }),
    ...added.map((process) => ({ process, ...usage(0, process.usedMiB) })),
  ];
}

const isSame = (a: GpuProcess, b: GpuProcess) =>
  a.pid === b.pid && a.startTime === b.startTime && (a.startTime !== null || a.name === b.name);

const usage = (before: number | null, after: number | null): Usage => ({
  before,
  after,
  freed: before === null || after === null ? null : Math.max(0, before - after),
});

/** The duration of each step; the last one is `current` while the clearing is in progress. */
export function stepTimes({ steps, active }: Clearing, now: number) {
  return steps.flatMap(({ name, time }, i) => {
    if (name === 'done') return [];
    const end = steps[i + 1]?.time;
    return [{ name, ms: Math.max(0, (end ?? now) - time), current: active && end === undefined }];
  });
}

/** MiB freed on all GPUs. */
export const freedOf = (rows: readonly GpuRow[]) => rows.reduce((sum, { freed }) => sum + (freed ?? 0), 0);
