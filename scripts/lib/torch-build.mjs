import { ask } from './run.mjs';

const WHEELS = 'https://download.pytorch.org/whl';

/**
 * pip's arguments for the build of torch that this machine's driver supports: the registry's own (CUDA 13) from driver 580
 * on, CUDA 12.6 for older drivers, the small CPU build without an NVIDIA driver. Where the index cannot be reached, pip
 * tries once and then installs the registry's own build.
 */
export function torchIndex({ platform, driver }) {
  if (platform === 'darwin') return [];
  const extra = (name) => ['--extra-index-url', `${WHEELS}/${name}`, '--retries', '0'];
  if (driver === null) return extra('cpu');
  return driver >= 580 ? [] : extra('cu126');
}

/** The driver's major version, or null where nvidia-smi is missing or finds no GPU. */
export function driverVersion() {
  const answer = ask('nvidia-smi', ['--query-gpu=driver_version', '--format=csv,noheader']);
  const major = Number.parseInt(answer ?? '', 10);
  return Number.isNaN(major) ? null : major;
}
