import type { GpuMetric } from '#contract';

/** More than any GPU or unified memory has, in MiB: 4 TiB, where a GB300 has 288 GB and a Grace module 480 GB. */
const MAX_MEMORY_MIB = 2 ** 22;
/** total = reserved + used + free within this rounding (docs/facts-nvidia-smi.md). */
const ROUNDING_MIB = 2;
const memory = [0, MAX_MEMORY_MIB] as const;
const percentage = [0, 100] as const;
/** Above any board: a GB200 module draws 2.7 kW. */
const watts = [0, 10_000] as const;
/** Above any clock: GDDR7 is reported with up to 17,500 MHz. */
const megahertz = [0, 50_000] as const;

/**
 * The values that a metric can have, both ends included. Drivers report others at times: 0xFFFFFFFF and -1 for a failed
 * reading, a difference below zero, a value of another unit.
 */
const bounds: Record<GpuMetric, readonly [least: number, most: number]> = {
  // A GPU without memory of its own reports [N/A] or 0.
  memoryTotalMiB: [1, MAX_MEMORY_MIB],
  memoryReservedMiB: memory,
  memoryUsedMiB: memory,
  memoryFreeMiB: memory,
  // nvmlUtilization_t: per cent.
  utilizationGpu: percentage,
  utilizationMemory: percentage,
  // Silicon is rated for -55 to 150 °C; GPUs stop at about 110.
  temperature: [-55, 150],
  powerDrawW: watts,
  powerLimitW: watts,
  clockSmMHz: megahertz,
  clockMemoryMHz: megahertz,
  // nvmlDeviceGetFanSpeed: per cent, and it "may exceed 100% in certain cases".
  fanSpeed: [0, 200],
  // nvmlPstates_t: 0 to 15; 32 is unknown.
  pstate: [0, 15],
  // A bit mask (nvmlClocksEventReasons), and a counter: all ones are a failed reading.
  throttle: [0, 2 ** 31],
  eccUncorrected: [0, 2 ** 31],
};

const partsOfTotal: readonly GpuMetric[] = ['memoryReservedMiB', 'memoryUsedMiB', 'memoryFreeMiB'];

/** `total`: of the same GPU in MiB, which none of its parts exceeds; null where it is unavailable. */
export function isPlausible(metric: GpuMetric, value: number, total: number | null): boolean {
  const [least, most] = bounds[metric];
  if (!(value >= least && value <= most)) return false;
  return total === null || !partsOfTotal.includes(metric) || value <= total + ROUNDING_MIB;
}

/** The memory of a process or of an instance in MiB; null where it is unavailable or impossible. */
export const plausibleMiB = (value: number | null): number | null =>
  value !== null && value >= 0 && value <= MAX_MEMORY_MIB ? value : null;
