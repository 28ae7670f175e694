import { useCallback, useSyncExternalStore } from 'react';
import {
  type CardView,
  type GpuDevice,
  type GpuProcess,
  type GpuSample,
  type Limit,
  limitInForce,
  viewCard,
  type Xid,
} from '#contract';
import { usePlannedRun } from '../next-run/index.ts';
import { usePanelState } from '../store.ts';
import { ticks } from '../transport/index.ts';
import { type Ghost, ghostOn } from './card/ghost.ts';
import { otherPrograms } from './card/headroom.ts';
import { xidsOf } from './vitals/throttling.ts';

/** What a card and a row of the table show of one GPU. */
export interface Gpu {
  device: GpuDevice;
  /** From the latest tick; undefined if the tick does not include this GPU. */
  sample: GpuSample | undefined;
  /** Null if the sample has no memory usage. */
  view: CardView | null;
  limit: Limit;
  pending: Limit | null;
  /** The next run's predicted memory on this GPU. */
  ghost: Ghost | null;
  /** All processes on all GPUs. */
  processes: readonly GpuProcess[];
  /** Other programs on this GPU. */
  names: string[];
  xids: readonly Xid[];
}

export function useGpu(device: GpuDevice): Gpu {
  const { uuid, index } = device;
  const sample = useSyncExternalStore(
    ticks.onChange,
    useCallback(() => ticks.latest()?.gpus.find((gpu) => gpu.uuid === uuid), [uuid]),
  );
  const limit = usePanelState(limitInForce);
  const pending = usePanelState(pendingLimit);
  const processes = usePanelState((state) => state.telemetry.processes);
  const allXids = usePanelState((state) => state.telemetry.xids);
  const planned = usePlannedRun((state) => state.planned);
  return {
    device,
    sample,
    view: sample ? viewCard(sample, limit) : null,
    limit,
    pending,
    ghost: ghostOn(planned?.plan ?? null, index),
    processes,
    names: otherPrograms(uuid, processes),
    xids: xidsOf(device, allXids),
  };
}

export const pendingLimit = ({ settings }: Parameters<typeof limitInForce>[0]) =>
  settings.pending.includes('LBS_GPU_MEMORY_LIMIT') ? settings.desired.LBS_GPU_MEMORY_LIMIT : null;
