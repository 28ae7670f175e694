import { type GpuDevice, type GpuSample, slows, type ThrottleReason, throttleReasons, type Xid } from '#contract';

/** Brakes of the hardware itself: something is wrong with heat or power. */
const hard: readonly ThrottleReason[] = ['hw_slowdown', 'hw_thermal', 'hw_power_brake'];

/** `usual`: its power limit is what bounds a GPU at full load, and nothing is wrong. */
export type BrakeLevel = 'usual' | 'soft' | 'hard';

const levelOf = (reason: ThrottleReason): BrakeLevel =>
  reason === 'sw_power_cap' ? 'usual' : hard.includes(reason) ? 'hard' : 'soft';

/** What takes speed from this GPU now. */
export function brakesOf({ throttle }: GpuSample): { reason: ThrottleReason; level: BrakeLevel }[] {
  const reasons = throttle === null ? [] : throttleReasons(throttle);
  return reasons.filter((reason) => slows.includes(reason)).map((reason) => ({ reason, level: levelOf(reason) }));
}

/** What the driver wrote about this GPU, newest first: by its uuid, or by its place where the uuid was not known. */
export function xidsOf(device: GpuDevice, xids: readonly Xid[]): Xid[] {
  const place = busOf(device.pciBusId);
  const own = (xid: Xid) =>
    xid.gpuUuid === null ? place !== null && busOf(xid.pciBusId) === place : xid.gpuUuid === device.uuid;
  return xids.filter(own).reverse();
}

/** The kernel writes 0000:01:00, nvidia-smi 00000000:01:00.0. */
function busOf(text: string | null): string | null {
  const match = /^([0-9a-f]+):([0-9a-f]{2}):([0-9a-f]{2})/i.exec(text ?? '');
  return match ? `${Number.parseInt(match[1] ?? '', 16)}:${match[2]}:${match[3]}`.toLowerCase() : null;
}
