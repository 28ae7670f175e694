import type { Clearing, GpuDevice, GpuProcess } from '#contract';

/** MiB before and after, and what came back; null where it is not known, or not yet. */
export interface Held {
  before: number | null;
  after: number | null;
  back: number | null;
}

export interface GpuRow extends Held {
  uuid: string;
  index: number | null;
  total: number;
  processes: (Held & { process: GpuProcess })[];
}

/** What each GPU held, and who: the largest before first, then those who came. */
export function clearTable(clearing: Clearing, devices: readonly GpuDevice[]): GpuRow[] {
  const { beforeMiB, afterMiB } = clearing;
  return Object.keys({ ...beforeMiB, ...afterMiB }).map((uuid) => {
    const device = devices.find((one) => one.uuid === uuid);
    return {
      uuid,
      index: device?.index ?? null,
      total: device?.memoryTotalMiB ?? beforeMiB[uuid] ?? 0,
      ...held(beforeMiB[uuid] ?? null, afterMiB ? (afterMiB[uuid] ?? null) : null),
      processes: processesOn(uuid, clearing),
    };
  });
}

function processesOn(uuid: string, { before, after }: Clearing): GpuRow['processes'] {
  const then = before.filter((one) => one.gpuUuid === uuid).sort((a, b) => (b.usedMiB ?? 0) - (a.usedMiB ?? 0));
  const now = (after ?? []).filter((one) => one.gpuUuid === uuid);
  const came = now.filter((one) => !then.some((old) => isSame(old, one)));
  return [
    ...then.map((process) => {
      const still = now.find((one) => isSame(one, process));
      // Not listed any more: it holds nothing.
      return { process, ...held(process.usedMiB, after === null ? null : still ? still.usedMiB : 0) };
    }),
    ...came.map((process) => ({ process, ...held(0, process.usedMiB) })),
  ];
}

const isSame = (a: GpuProcess, b: GpuProcess) => a.pid === b.pid && a.startTime === b.startTime;

const held = (before: number | null, after: number | null): Held => ({
  before,
  after,
  back: before === null || after === null ? null : Math.max(0, before - after),
});

/** Each step with how long it has taken; the last one lasts still while the clearing is on. */
export function stepTimes({ steps, active }: Clearing, now: number) {
  return steps.flatMap(({ name, time }, i) => {
    if (name === 'done') return [];
    const end = steps[i + 1]?.time;
    return [{ name, ms: Math.max(0, (end ?? now) - time), on: active && end === undefined }];
  });
}

/** MiB that came back on all GPUs. */
export const freedOf = (rows: readonly GpuRow[]) => rows.reduce((sum, { back }) => sum + (back ?? 0), 0);
