import type { GpuDevice, Xid } from '#contract';
import { followKernelLog, kernelMicros } from './kernel-log.ts';
import { gpuAtBus, parseXid } from './xid.ts';

const KEPT = 20;

/** Watches the driver's errors in the kernel log at `path`; `onXids` gets the last ones, newest last. Returns a function that stops. */
export function watchXids(
  path: string,
  devices: () => readonly GpuDevice[],
  onXids: (xids: Xid[]) => void,
): () => void {
  let xids: Xid[] = [];
  return followKernelLog(path, ({ text, micros }) => {
    const raw = parseXid(text);
    if (!raw) return;
    const ageMs = micros === null ? 0 : Math.max(0, kernelMicros() - micros) / 1_000;
    const xid = { time: Math.round(Date.now() - ageMs), gpuUuid: gpuAtBus(raw.pciBusId, devices()), ...raw };
    xids = [...xids, xid].slice(-KEPT);
    onXids(xids);
  });
}
