import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where NVIDIA's driver for Linux describes each GPU, also a lost one. */
export const driverGpus = '/proc/driver/nvidia/gpus';

/** The name and the UUID of the GPU at a PCI bus id; null where the driver does not know them. */
export async function identityAt(
  bus: string,
  root: string = driverGpus,
): Promise<{ name: string | null; uuid: string | null }> {
  const [, domain = '0000', rest = ''] = /^(?:([\da-f]+):)?([\da-f]{2}:[\da-f]{2}\.\d)$/i.exec(bus) ?? [];
  // nvidia-smi writes the domain with eight digits, the kernel with four.
  const folder = `${domain.slice(-4)}:${rest}`.toLowerCase();
  const text = await readFile(join(root, folder, 'information'), 'utf8').catch(() => '');
  const value = (key: string) => new RegExp(`^${key}:\\s*(\\S.*?)\\s*$`, 'm').exec(text)?.[1] ?? null;
  const uuid = value('GPU UUID');
  return { name: value('Model'), uuid: uuid?.includes('?') ? null : uuid };
}
