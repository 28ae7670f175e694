const GIB = 1024;

interface Size {
  text: string;
  unit: 'MiB' | 'GiB';
}

/** A size in MiB, written in the unit that suits the GPU: whole MiB on one below 1 GiB, else GiB with one decimal. */
export function size(mib: number, totalMiB: number): Size {
  return totalMiB < GIB ? { text: mib.toFixed(0), unit: 'MiB' } : { text: (mib / GIB).toFixed(1), unit: 'GiB' };
}

export const sizeText = (mib: number, totalMiB: number) => {
  const { text, unit } = size(mib, totalMiB);
  return `${text} ${unit}`;
};

/** Bytes as MiB or GiB with its unit. */
export const bytesText = (bytes: number) =>
  bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** A duration, rounded to its largest unit: 40 s, 12 min, 3 h, 2 d. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** The age of a live sample: with tenths below ten seconds. */
export const age = (ms: number) => (ms < 10_000 ? `${(Math.max(0, ms) / 1_000).toFixed(1)} s` : duration(ms));

/** A duration to the second: 41 s, 4 min 31 s, 3 h 5 min. */
export function exactDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
