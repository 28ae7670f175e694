import { readFileSync } from 'node:fs';
import type { HostSample } from '#contract';
import { createGroups, type Read } from './groups.ts';
import { linuxSample, otherSample, residentMiB } from './memory.ts';

export interface HostWatchOptions {
  /** The backend's processes now. */
  pids(): readonly number[];
  /** How old a sample may be, in milliseconds; two seconds where nothing else is said. */
  freshMs?(): number;
  read?: Read;
  /** Milliseconds of a clock that never goes back. */
  now?: () => number;
}

export interface HostWatch {
  /** The machine's memory: read now, or not long ago. Never fails. */
  sample(): HostSample;
}

const FRESH_MS = 2_000;

/**
 * Reads when it is asked, and no more often than it grows old; nothing runs while nobody asks. The few files of /proc are made in
 * memory as they are read: asking at once costs less than a promise for each of them.
 */
export function createHostWatch(options: HostWatchOptions): HostWatch {
  const { pids, freshMs = () => FRESH_MS, read = readNow, now = () => performance.now() } = options;
  const groups = createGroups(read);
  let last: { at: number; sample: HostSample } | null = null;
  const look = (): HostSample => {
    const meminfo = read('/proc/meminfo');
    return meminfo === null ? otherSample() : linuxSample(meminfo, groups(), residentMiB(pids(), read));
  };
  return {
    sample() {
      const at = now();
      if (last === null || at - last.at >= freshMs()) last = { at, sample: look() };
      return last.sample;
    },
  };
}

const readNow: Read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
};
