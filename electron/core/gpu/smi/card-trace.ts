import { win32 } from 'node:path';
import type { Environment } from '../../base/index.ts';
import type { Disk } from './disk.ts';

/** What shows that the machine has an NVIDIA GPU although no nvidia-smi was found. */
export interface CardTrace {
  path: string;
  /** Which nvidia-smi is missing: it comes another way on each. */
  kind: 'driver' | 'wsl' | 'jetson' | 'no_driver' | 'windows';
}

const linuxTraces: readonly CardTrace[] = [
  // Checked before the driver's own traces, which WSL and Jetson may have as well.
  { path: '/dev/dxg', kind: 'wsl' },
  { path: '/dev/nvhost-gpu', kind: 'jetson' },
  { path: '/dev/nvgpu', kind: 'jetson' },
  { path: '/proc/driver/nvidia', kind: 'driver' },
  { path: '/dev/nvidia0', kind: 'driver' },
  { path: '/dev/nvidiactl', kind: 'driver' },
];
const PCI = '/sys/bus/pci/devices';
const NVIDIA = '0x10de';
/** PCI class 03: display controllers; others of NVIDIA are audio and USB functions, or network cards. */
const DISPLAY = '0x03';

/** The trace of a GPU on this machine; null where there is none. */
export function findCardTrace(env: Environment, platform: NodeJS.Platform, disk: Disk): CardTrace | null {
  if (platform === 'win32') {
    const path = win32.join(env.SystemRoot || 'C:\\Windows', 'System32', 'nvcuda.dll');
    return disk.exists(path) ? { path, kind: 'windows' } : null;
  }
  if (platform !== 'linux') return null;
  return linuxTraces.find(({ path }) => disk.exists(path)) ?? pciTrace(disk);
}

/** A card without a driver, or with nouveau. */
function pciTrace(disk: Disk): CardTrace | null {
  const found = disk
    .newestFirst(PCI)
    .sort()
    .map((name) => `${PCI}/${name}`)
    .find((path) => disk.read(`${path}/vendor`) === NVIDIA && disk.read(`${path}/class`).startsWith(DISPLAY));
  return found ? { path: found, kind: 'no_driver' } : null;
}
