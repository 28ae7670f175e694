import { existsSync, readFileSync } from 'node:fs';
import { ask } from './run.mjs';

/** Where drivers install nvidia-smi off PATH: WSL, Windows, containers, NixOS. */
const OFF_PATH = [
  '/usr/lib/wsl/lib/nvidia-smi',
  'C:\\Windows\\System32\\nvidia-smi.exe',
  '/usr/local/nvidia/bin/nvidia-smi',
  '/run/opengl-driver/bin/nvidia-smi',
];

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
