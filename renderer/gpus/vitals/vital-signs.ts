import type { GpuMetric, GpuSample, UnavailableReason } from '#contract';

/** Why a value is missing: the driver's reason, MIG mode, or no reason given. */
type MissingReason = UnavailableReason | 'mig' | 'unreported';

export interface Vital {
  name: 'utilizationGpu' | 'temperature' | 'powerDrawW' | 'clockSmMHz' | 'clockMemoryMHz' | 'pstate';
  /** With its unit; a dash if the value is missing. */
  text: string;
  /** Null if there is a value. */
  missing: MissingReason | null;
}

const DASH = '–';

/** Why this metric of the sample is missing; null if it has a value. */
export function missingReason(sample: GpuSample, metric: GpuMetric, mig: boolean): MissingReason | null {
  if (sample[metric] !== null) return null;
  if (mig && metric === 'utilizationGpu') return 'mig';
  return sample.reasons?.[metric] ?? 'unreported';
}

/** Why a sample says nothing about the memory in use. */
export const missingMemory = (sample: GpuSample): MissingReason =>
  missingReason(sample, sample.memoryUsedMiB === null ? 'memoryUsedMiB' : 'memoryTotalMiB', false) ?? 'unreported';

/** A GPU's vital signs, always all of them in the same order, so that the layout is stable. */
export function vitalsOf(sample: GpuSample, mig: boolean): Vital[] {
  const vital = (name: Vital['name'], format: (value: string) => string): Vital => ({
    name,
    text: format(sample[name]?.toFixed(0) ?? DASH),
    missing: missingReason(sample, name, mig),
  });
  const limit = sample.powerLimitW === null ? '' : ` / ${sample.powerLimitW.toFixed(0)}`;
  return [
    vital('utilizationGpu', (value) => `${value} %`),
    vital('temperature', (value) => `${value} °C`),
    vital('powerDrawW', (value) => `${value}${limit} W`),
    vital('clockSmMHz', (value) => `${value} MHz`),
    vital('clockMemoryMHz', (value) => `${value} MHz`),
    vital('pstate', (value) => `P${value}`),
  ];
}
