import type { GpuDevice } from '#contract';
import { useGpu } from '../use-gpu.ts';
import { FullCard } from './full-card.tsx';
import './gpu-card.css';

/** One GPU's memory and vital signs. `onClose` collapses it into its row of the table; null where it is always open. */
export function GpuCard(props: {
  device: GpuDevice;
  only: boolean;
  staleMs: number | null;
  onClose: (() => void) | null;
}) {
  const { device, ...rest } = props;
  return <FullCard gpu={useGpu(device)} {...rest} />;
}
