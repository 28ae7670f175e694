import { existsSync, readFileSync } from 'node:fs';
import { ask } from './run.mjs';

const WHEELS = 'https://download.pytorch.org/whl';
/** Where drivers install nvidia-smi off PATH: WSL, Windows, containers, NixOS. */
const OFF_PATH = [
  '/usr/lib/wsl/lib/nvidia-smi',
  'C:\\Windows\\System32\\nvidia-smi.exe',
  '/usr/local/nvidia/bin/nvidia-smi',
  '/run/opengl-driver/bin/nvidia-smi',
];

/**
 * The build of torch that this machine's driver supports: the registry's own (CUDA 13) from driver 580 on, CUDA 12.6 for
 * older drivers, the small CPU build without an NVIDIA driver. `args` are pip's; `size` is what a person should expect to
 * be downloaded; `disk` is the least that the environment takes, in bytes. Where the index cannot be reached, pip tries
 * once and then installs the registry's own build.
 */
export function torchBuild({ platform, driver }) {
  const extra = (name) => ['--extra-index-url', `${WHEELS}/${name}`, '--retries', '0'];
  if (platform === 'darwin') return { args: [], size: '110 MB', disk: 1e9 };
  if (driver === null) return { args: extra('cpu'), size: 'CPU, 190 MB', disk: 1.5e9 };
  const [args, name] = driver >= 580 ? [[], 'CUDA 13'] : [extra('cu126'), 'CUDA 12.6'];
  return { args, size: `${name}, 530 MB and NVIDIA's libraries`, disk: 4e9 };
}

/** The driver's major version, or null where there is no NVIDIA driver or no GPU answers. */
export function driverVersion() {
  for (const command of ['nvidia-smi', ...OFF_PATH.filter(existsSync)]) {
    const major = Number.parseInt(ask(command, ['--query-gpu=driver_version', '--format=csv,noheader']) ?? '', 10);
    if (!Number.isNaN(major)) return major;
  }
  return loadedModule();
}

/** The kernel module's version, which Linux reports without nvidia-smi. */
function loadedModule(file = '/proc/driver/nvidia/version') {
  if (!existsSync(file)) return null;
  const major = /Kernel Module\b.*?\s(\d+)\.\d+/.exec(readFileSync(file, 'utf8'));
  return major ? Number(major[1]) : null;
}

/** Why PyTorch has no build for this machine, or null: said before anything is downloaded. */
export function platformProblem({ platform = process.platform, arch = process.arch, glibc = glibcVersion() } = {}) {
  const wayOut = 'set HEADROOM_PYTHON to a Python that has PyTorch';
  if (arch === 'ia32' || arch === 'arm')
    return `PyTorch has no build for 32-bit ${arch}: install 64-bit Node and Python, or ${wayOut}.`;
  if (platform === 'darwin' && arch === 'x64') return `PyTorch ended its builds for Intel Macs: ${wayOut}.`;
  if (platform !== 'linux') return null;
  if (glibc === null) return `PyTorch has no build for musl (Alpine): use a distribution with glibc, or ${wayOut}.`;
  const [major, minor] = glibc.split('.').map(Number);
  if (major === 2 && minor < 28) return `PyTorch needs glibc 2.28 or newer and this system has ${glibc}: ${wayOut}.`;
  return null;
}

/** Undefined off Linux, null on Linux without glibc. */
function glibcVersion() {
  if (process.platform !== 'linux') return undefined;
  const report = process.report;
  // The network interfaces of a report may wait for a name server.
  report.excludeNetwork = true;
  return report.getReport().header.glibcVersionRuntime ?? null;
}
