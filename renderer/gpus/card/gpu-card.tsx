import { useState } from 'react';
import { type GpuDevice, type GpuSample, limitInForce, viewCard } from '#contract';
import { usePanelState } from '../../store.ts';
import { xidsOf } from '../vitals/throttling.ts';
import { CompactCard } from './compact-card.tsx';
import { FullCard } from './full-card.tsx';
import { otherPrograms } from './headroom.ts';
import { MemoryBar } from './memory-bar.tsx';
import './gpu-card.css';

interface GpuCardProps {
  device: GpuDevice;
  /** From the latest tick; undefined if the tick does not include this GPU. */
  sample: GpuSample | undefined;
  many: boolean;
  /** See staleFor. */
  staleMs: number | null;
}

/** One GPU's memory and vital signs; with several GPUs one line each, expanded by its name. */
export function GpuCard({ device, sample, many, staleMs }: GpuCardProps) {
  const [opened, setOpened] = useState(false);
  const limit = usePanelState(limitInForce);
  const pending = usePanelState(pendingLimit);
  const processes = usePanelState((state) => state.telemetry.processes);
  const allXids = usePanelState((state) => state.telemetry.xids);
  const compact = many && !opened;
  const view = sample ? viewCard(sample, limit) : null;
  const names = otherPrograms(device.uuid, processes);
  const bar = view && sample && (
    <MemoryBar {...{ view, sample, limit, pending, names, compact }} unified={device.unified} />
  );
  const shared = { device, sample, view, bar, xids: xidsOf(device, allXids), staleMs };
  if (compact) return <CompactCard {...shared} onOpen={() => setOpened(true)} />;
  const onClose = many ? () => setOpened(false) : null;
  return <FullCard {...shared} pending={pending} names={names} onClose={onClose} />;
}

const pendingLimit = ({ settings }: Parameters<typeof limitInForce>[0]) =>
  settings.pending.includes('LBS_GPU_MEMORY_LIMIT') ? settings.desired.LBS_GPU_MEMORY_LIMIT : null;
