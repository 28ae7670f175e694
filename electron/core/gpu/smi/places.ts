import { posix, win32 } from 'node:path';
import type { Environment } from '../../base/index.ts';
import type { Disk } from './disk.ts';

/** Where drivers put nvidia-smi on Linux. A service, a desktop session or sudo may have a PATH without them. */
const linuxFolders = [
  '/usr/bin',
  '/usr/local/bin',
  // Jetson.
  '/usr/sbin',
  // WSL: from the Windows driver.
  '/usr/lib/wsl/lib',
  // Kubernetes nodes whose driver is mounted into the container.
  '/usr/local/nvidia/bin',
  // NixOS.
  '/run/opengl-driver/bin',
  '/run/current-system/sw/bin',
];

/** Where nvidia-smi may be, the preferred place first. python/clearing/places.py has the same list. */
export function smiPlaces(env: Environment, platform: NodeJS.Platform, disk: Pick<Disk, 'newestFirst'>): string[] {
  if (platform !== 'win32') {
    const standard = platform === 'linux' ? linuxFolders.map((folder) => `${folder}/nvidia-smi`) : [];
    return [...new Set([...onPath(env.PATH ?? '', posix, 'nvidia-smi'), ...standard])];
  }
  const name = 'nvidia-smi.exe';
  const system = win32.join(env.SystemRoot || 'C:\\Windows', 'System32');
  const store = win32.join(system, 'DriverStore', 'FileRepository');
  return [
    ...new Set([
      ...onPath(env.Path ?? env.PATH ?? '', win32, name),
      win32.join(system, name),
      ...disk.newestFirst(store).map((folder) => win32.join(store, folder, name)),
      win32.join(env.ProgramFiles || 'C:\\Program Files', 'NVIDIA Corporation', 'NVSMI', name),
    ]),
  ];
}

/** Skips relative entries: the program must not depend on the panel's working folder. */
const onPath = (path: string, { delimiter, isAbsolute, join }: typeof posix, name: string) =>
  path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));
