import { type GpuSample, gpuMetrics, gpuSeries, gpuStates, HOST, type HostSample, hostSeries } from '#contract';

/** The series of a source, in the order of its records. */
export const seriesOf = (source: string): readonly string[] => (source === HOST ? hostSeries : gpuSeries);

/** A series of bits: its minimum has the bits that were always set, its maximum those that ever were; it has no mean. */
export const isBits = (name: string | undefined) => name === 'throttle';

/** A 32-bit float holds integers up to 24 bits; nvml.h uses nine bits so far. */
const BITS = 0xffffff;

/** Unknown values, and those outside of a 32-bit float, become NaN, never 0. */
const stored = (value: number | null | undefined): number =>
  typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : Number.NaN;

const OURS = gpuMetrics.length;
const THROTTLE = gpuMetrics.indexOf('throttle');

/** Writes a sample's values into `out` in the order of gpuSeries. */
export function gpuValuesInto(sample: GpuSample, out: Float32Array): void {
  for (let place = 0; place < OURS; place += 1) out[place] = stored(sample[gpuMetrics[place] as 'throttle']);
  if (sample.throttle !== null) out[THROTTLE] = sample.throttle & BITS;
  out[OURS] = stored(sample.ours?.usedMiB);
  out[OURS + 1] = gpuStates.indexOf(sample.state);
  out[OURS + 2] = stored(sample.limitMiB);
}

/** Writes the machine's values into `out` in the order of hostSeries. */
export function hostValuesInto(sample: HostSample, out: Float32Array): void {
  for (const [place, name] of hostSeries.entries()) out[place] = stored(sample[name]);
}
