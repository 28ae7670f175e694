import { freemem, totalmem } from 'node:os';
import type { HostSample } from '#contract';
import type { Read, Room } from './groups.ts';

const MIB = 2 ** 20;

/** /proc/meminfo, capped by the limits of our control groups. */
export function linuxSample(meminfo: string, room: Room | null, backendRssMiB: number | null): HostSample {
  const mib = (name: string) => kibAs(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm'), meminfo);
  const total = mib('MemTotal');
  const available = mib('MemAvailable');
  const swapTotalMiB = mib('SwapTotal');
  const swapFree = mib('SwapFree');
  const limited = total !== null && room !== null ? Math.min(total, room.limit / MIB) : total;
  const left = available !== null && room !== null ? Math.max(0, Math.min(available, room.available / MIB)) : available;
  return {
    ramTotalMiB: limited,
    ramUsedMiB: limited !== null && left !== null ? Math.max(0, limited - left) : null,
    swapTotalMiB,
    swapUsedMiB: swapTotalMiB !== null && swapFree !== null ? swapTotalMiB - swapFree : null,
    backendRssMiB,
  };
}

/** Without /proc: the values that Node reports, without swap and other processes. */
export function otherSample(): HostSample {
  const [ramTotalMiB, free] = [totalmem() / MIB, freemem() / MIB];
  return { ramTotalMiB, ramUsedMiB: ramTotalMiB - free, swapTotalMiB: null, swapUsedMiB: null, backendRssMiB: null };
}

/** Resident memory of these processes; null where none is readable, for example while no backend runs. */
export function residentMiB(pids: readonly number[], read: Read): number | null {
  // VmRSS is in kB, whatever the page size.
  const sizes = pids.map((pid) => kibAs(/^VmRSS:\s+(\d+) kB$/m, read(`/proc/${pid}/status`) ?? ''));
  const known = sizes.filter((size) => size !== null);
  return known.length === 0 ? null : known.reduce((sum, size) => sum + size, 0);
}

function kibAs(pattern: RegExp, text: string): number | null {
  const kib = pattern.exec(text)?.[1];
  return kib === undefined ? null : Number(kib) / 1024;
}
