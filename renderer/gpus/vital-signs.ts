import type { GpuFigure, GpuSample, NoFigureReason } from '#contract';

/** Why a figure is not there: what the driver says, that MIG hides it, or nothing that is known. */
export type Missing = NoFigureReason | 'mig' | 'untold';

export interface Vital {
  name: 'utilizationGpu' | 'temperature' | 'powerDrawW' | 'clockSmMHz' | 'clockMemoryMHz' | 'pstate';
  /** With its unit; a dash stands for the figure where there is none. */
  text: string;
  /** Null where there is a figure. */
  missing: Missing | null;
}

const DASH = '–';

/** Why this figure of the sample is null; null where it is none. */
export function missingIn(sample: GpuSample, figure: GpuFigure, mig: boolean): Missing | null {
  if (sample[figure] !== null) return null;
  if (mig && figure === 'utilizationGpu') return 'mig';
  return sample.reasons?.[figure] ?? 'untold';
}

/** How a GPU is, beside its memory: always the same places in the same order, so that nothing jumps. */
export function vitalsOf(sample: GpuSample, mig: boolean): Vital[] {
  const vital = (name: Vital['name'], write: (figure: string) => string): Vital => ({
    name,
    text: write(sample[name]?.toFixed(0) ?? DASH),
    missing: missingIn(sample, name, mig),
  });
  const limit = sample.powerLimitW === null ? '' : ` / ${sample.powerLimitW.toFixed(0)}`;
  return [
    vital('utilizationGpu', (figure) => `${figure} %`),
    vital('temperature', (figure) => `${figure} °C`),
    vital('powerDrawW', (figure) => `${figure}${limit} W`),
    vital('clockSmMHz', (figure) => `${figure} MHz`),
    vital('clockMemoryMHz', (figure) => `${figure} MHz`),
    vital('pstate', (figure) => `P${figure}`),
  ];
}
