import { readFileSync } from 'node:fs';
import type { HostSample } from '#contract';
import { createGroups, type Read } from './groups.ts';
import { linuxSample, otherSample, residentMiB } from './memory.ts';

interface HostWatchOptions {
  /** The current processes of the backend. */
  pids(): readonly number[];
  /** The maximum age of a sample in milliseconds; the default is two seconds. */
  freshMs?(): number;
  read?: Read;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

interface HostWatch {
  /** System RAM, read now or recently. Never throws. */
  sample(): HostSample;
}

const FRESH_MS = 2_000;

/**
 * Reads on demand, and only when the last sample is too old. Files of /proc are generated in memory: synchronous reads
 * cost less than a promise for each.
 */
export function createHostWatch(options: HostWatchOptions): HostWatch {
  const { pids, freshMs = () => FRESH_MS, read = readText, now = () => performance.now() } = options;
  const groups = createGroups(read);
  let last: { at: number; sample: HostSample } | null = null;
  const readSample = (): HostSample => {
    const meminfo = read('/proc/meminfo');
    return meminfo === null ? otherSample() : linuxSample(meminfo, groups(), residentMiB(pids(), read));
  };
  return {
    sample() {
      const at = now();
      if (last === null || at - last.at >= freshMs()) last = { at, sample: readSample() };
      return last.sample;
    },
  };
}

const readText: Read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};
