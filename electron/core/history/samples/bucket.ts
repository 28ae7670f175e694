import { isBits } from './series.ts';

/** Minimum, maximum and mean of the samples in one time range. */
export interface Bucket {
  /** Its start; null while it is empty. */
  readonly time: number | null;
  readonly count: number;
  add(time: number, values: Float32Array): void;
  /** Minimum, maximum and mean of each metric; reuses one array. */
  values(): Float32Array;
  clear(): void;
}

export const bucketTime = (time: number, bucketMs: number) => Math.floor(time / bucketMs) * bucketMs;

export function createBucket(metrics: readonly string[], bucketMs: number): Bucket {
  const length = metrics.length;
  const bits = metrics.map(isBits);
  const out = new Float32Array(3 * length);
  const [min, max, sum] = [new Float64Array(length), new Float64Array(length), new Float64Array(length)];
  const counts = new Uint32Array(length);
  let time: number | null = null;
  let count = 0;

  const addValue = (place: number, value: number) => {
    const first = counts[place] === 0;
    const [low, high] = [min[place] as number, max[place] as number];
    if (bits[place]) {
      min[place] = first ? value : low & value;
      max[place] = first ? value : high | value;
    } else {
      if (first || value < low) min[place] = value;
      if (first || value > high) max[place] = value;
    }
    (sum[place] as number) += value;
    (counts[place] as number) += 1;
  };
  return {
    get time() {
      return time;
    },
    get count() {
      return count;
    },
    add(at, values) {
      time ??= bucketTime(at, bucketMs);
      count += 1;
      for (let place = 0; place < length; place += 1) {
        const value = values[place] as number;
        if (!Number.isNaN(value)) addValue(place, value);
      }
    },
    values() {
      for (let place = 0; place < length; place += 1) {
        const samples = counts[place] as number;
        out[3 * place] = samples ? (min[place] as number) : Number.NaN;
        out[3 * place + 1] = samples ? (max[place] as number) : Number.NaN;
        out[3 * place + 2] = samples && !bits[place] ? (sum[place] as number) / samples : Number.NaN;
      }
      return out;
    },
    clear() {
      time = null;
      count = 0;
      counts.fill(0);
      sum.fill(0);
    },
  };
}
