import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One NVIDIA GPU as the kernel sees it. To read this does not wake it. */
export interface PciGpu {
  /** As the kernel writes it: 0000:01:00.0. */
  bus: string;
  asleep: boolean;
  /** May the kernel send it to sleep when nobody uses it? */
  maySleep: boolean;
}

export const sysfs = '/sys/bus/pci/devices';
const NVIDIA = '0x10de';
/** Base class 03: a display controller, which a GPU for computing is as well. */
const DISPLAY = /^0x03/;

/** The GPUs of NVIDIA's driver; none where the system does not tell (no Linux, or a container without /sys). */
export async function nvidiaGpus(root: string): Promise<PciGpu[]> {
  const buses = await readdir(root).catch(() => []);
  const found = await Promise.all(buses.map((bus) => gpuAt(root, bus)));
  return found.filter((gpu) => gpu !== null);
}

async function gpuAt(root: string, bus: string): Promise<PciGpu | null> {
  const folder = join(root, bus);
  const text = async (...name: string[]) => (await readFile(join(folder, ...name), 'utf8').catch(() => '')).trim();
  if ((await text('vendor')) !== NVIDIA || !DISPLAY.test(await text('class'))) return null;
  // One that was given to a virtual machine is none of nvidia-smi's.
  const driver = await readlink(join(folder, 'driver')).then(basename, () => null);
  if (driver !== null && driver !== 'nvidia') return null;
  const [status, control] = await Promise.all([text('power', 'runtime_status'), text('power', 'control')]);
  return { bus, asleep: status === 'suspended', maySleep: control === 'auto' };
}

/** nvidia-smi writes 00000000:01:00.0, sysfs 0000:01:00.0, the kernel's log 0000:01:00; null for what is no bus id. */
export function busKey(id: string): string | null {
  const match = /^(?:([\dA-Fa-f]{1,8}):)?([\dA-Fa-f]{1,2}):([\dA-Fa-f]{1,2})(?:\.[0-7])?$/.exec(id);
  if (!match) return null;
  const [, domain = '0', bus = '', device = ''] = match;
  return [domain, bus, device].map((part) => Number.parseInt(part, 16)).join(':');
}
