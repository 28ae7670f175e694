import { type GpuSample, gpuFigures, gpuSeries, gpuStates, HOST, type HostSample, hostSeries } from '#contract';

/** The names of what is kept of a source, in the order of its records. */
export const seriesOf = (source: string): readonly string[] => (source === HOST ? hostSeries : gpuSeries);

/** Its minimum is what was always set, its maximum what ever was; it has no mean. */
export const isBits = (name: string | undefined) => name === 'throttle';

/** A 32-bit float holds whole numbers up to here; nvml.h has given out nine bits so far. */
const BITS = 0xffffff;

/** No figure is NaN, never 0; neither is one that a 32-bit float cannot hold. */
const kept = (value: number | null | undefined): number =>
  typeof value === 'number' && Number.isFinite(Math.fround(value)) ? value : Number.NaN;

const OURS = gpuFigures.length;
const THROTTLE = gpuFigures.indexOf('throttle');

/** Writes a sample's figures into `out`, in the order of gpuSeries. */
export function gpuFiguresInto(sample: GpuSample, out: Float32Array): void {
  for (let place = 0; place < OURS; place += 1) out[place] = kept(sample[gpuFigures[place] as 'throttle']);
  if (sample.throttle !== null) out[THROTTLE] = sample.throttle & BITS;
  out[OURS] = kept(sample.ours?.usedMiB);
  out[OURS + 1] = gpuStates.indexOf(sample.state);
}

/** The same of the machine, in the order of hostSeries. */
export function hostFiguresInto(sample: HostSample, out: Float32Array): void {
  for (const [place, name] of hostSeries.entries()) out[place] = kept(sample[name]);
}
