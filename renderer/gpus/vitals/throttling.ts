import { type GpuDevice, type GpuSample, slows, type ThrottleReason, throttleReasons, type Xid } from '#contract';

/** Slowdowns by the hardware itself: a problem with temperature or power. */
const hardware: readonly ThrottleReason[] = ['hw_slowdown', 'hw_thermal', 'hw_power_brake'];

/** `normal`: the power cap, which bounds any GPU at full load. */
type Severity = 'normal' | 'warning' | 'critical';

const severityOf = (reason: ThrottleReason): Severity =>
  reason === 'sw_power_cap' ? 'normal' : hardware.includes(reason) ? 'critical' : 'warning';

/** The reasons that slow this GPU now. */
export function throttlingOf({ throttle }: GpuSample): { reason: ThrottleReason; severity: Severity }[] {
  const reasons = throttle === null ? [] : throttleReasons(throttle);
  return reasons.filter((reason) => slows.includes(reason)).map((reason) => ({ reason, severity: severityOf(reason) }));
}

/** This GPU's Xid errors, newest first; matched by uuid, or by PCI address if the uuid is unknown. */
export function xidsOf(device: GpuDevice, xids: readonly Xid[]): Xid[] {
  const address = pciAddress(device.pciBusId);
  const own = (xid: Xid) =>
    xid.gpuUuid === null ? address !== null && pciAddress(xid.pciBusId) === address : xid.gpuUuid === device.uuid;
  return xids.filter(own).reverse();
}

/** The kernel writes 0000:01:00, nvidia-smi 00000000:01:00.0. */
function pciAddress(text: string | null): string | null {
  const match = /^([0-9a-f]+):([0-9a-f]{2}):([0-9a-f]{2})/i.exec(text ?? '');
  return match ? `${Number.parseInt(match[1] ?? '', 16)}:${match[2]}:${match[3]}`.toLowerCase() : null;
}
