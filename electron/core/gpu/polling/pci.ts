import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** One NVIDIA GPU in sysfs. Reading it does not wake the GPU. */
export interface PciGpu {
  /** In the kernel's notation: 0000:01:00.0. */
  bus: string;
  asleep: boolean;
  /** Whether the kernel may suspend it when it is unused. */
  maySleep: boolean;
}

export const sysfs = '/sys/bus/pci/devices';
const NVIDIA = '0x10de';
/** Base class 03: a display controller, which includes compute GPUs. */
const DISPLAY = /^0x03/;

/** The GPUs of NVIDIA's driver; none without sysfs (not Linux, or a container without /sys). */
export async function nvidiaGpus(root: string): Promise<PciGpu[]> {
  const buses = await readdir(root).catch(() => []);
  // nvidia-smi may report GPUs in the order in which -i has them, and a sample ends where the index falls.
  const found = await Promise.all(buses.sort().map((bus) => gpuAt(root, bus)));
  return found.filter((gpu) => gpu !== null);
}

/** The bus ids of those that a query does not wake. */
export const awakeBuses = async (root: string): Promise<string[]> =>
  (await nvidiaGpus(root)).flatMap(({ bus, asleep }) => (asleep ? [] : [bus]));

async function gpuAt(root: string, bus: string): Promise<PciGpu | null> {
  const folder = join(root, bus);
  const text = async (...name: string[]) => (await readFile(join(folder, ...name), 'utf8').catch(() => '')).trim();
  if ((await text('vendor')) !== NVIDIA || !DISPLAY.test(await text('class'))) return null;
  // nvidia-smi does not manage a GPU that is passed through to a virtual machine.
  const driver = await readlink(join(folder, 'driver')).then(basename, () => null);
  if (driver !== null && driver !== 'nvidia') return null;
  const [status, control] = await Promise.all([text('power', 'runtime_status'), text('power', 'control')]);
  return { bus, asleep: status === 'suspended', maySleep: control === 'auto' };
}

/** nvidia-smi writes 00000000:01:00.0, sysfs 0000:01:00.0, the kernel log 0000:01:00; null for anything else. */
export function busKey(id: string): string | null {
  const match = /^(?:([\dA-Fa-f]{1,8}):)?([\dA-Fa-f]{1,2}):([\dA-Fa-f]{1,2})(?:\.[0-7])?$/.exec(id);
  if (!match) return null;
  const [, domain = '0', bus = '', device = ''] = match;
  return [domain, bus, device].map((part) => Number.parseInt(part, 16)).join(':');
}
