/** Throttle reasons: the bits of `clocks_event_reasons.active` (nvml.h, nvmlClocksEventReason*). */
export const throttleBits = {
  gpu_idle: 0x1,
  applications_clocks: 0x2,
  sw_power_cap: 0x4,
  hw_slowdown: 0x8,
  sync_boost: 0x10,
  sw_thermal: 0x20,
  hw_thermal: 0x40,
  hw_power_brake: 0x80,
  display_clocks: 0x100,
} as const;
export type ThrottleReason = keyof typeof throttleBits;

export const throttleNames = Object.keys(throttleBits) as [ThrottleReason, ...ThrottleReason[]];

/** The reasons in a mask. Idle clocks and requested clocks are no throttling: see `slows`. */
export const throttleReasons = (mask: number): ThrottleReason[] =>
  throttleNames.filter((reason) => (mask & throttleBits[reason]) !== 0);

/** The reasons that slow a busy GPU down. */
export const slows: readonly ThrottleReason[] = [
  'sw_power_cap',
  'hw_slowdown',
  'sw_thermal',
  'hw_thermal',
  'hw_power_brake',
];
