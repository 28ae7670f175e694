import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import type { Environment } from '../../base/index.ts';
import type { SmiCommand, SmiSource } from '../types.ts';

/** The disk operations that locating needs; tests pass their own. */
export interface Disk {
  isExecutable(file: string): boolean;
  /** The names in a folder, last changed first; empty where there is no such folder. */
  newestFirst(folder: string): string[];
}

/**
 * Finds nvidia-smi: HEADROOM_NVIDIA_SMI where it is set (`emulator`, or an executable), otherwise the one on PATH or in
 * the standard folders of Windows, and the emulator where there is none. One that exists but fails stays in use.
 */
export function locateSmi(options: {
  env: Environment;
  platform: NodeJS.Platform;
  emulator: SmiCommand | null;
  disk?: Disk;
}): SmiSource {
  const { env, platform, emulator, disk = realDisk } = options;
  const chosen = env.HEADROOM_NVIDIA_SMI;
  if (chosen === 'emulator') return emulated(emulator);
  const path = chosen || candidates(env, platform, disk).find((file) => disk.isExecutable(file));
  return path ? { source: 'nvidia-smi', path, command: { command: path, args: [], env } } : emulated(emulator);
}

const emulated = (command: SmiCommand | null): SmiSource =>
  command
    ? { source: 'emulator', path: command.args.at(-1) ?? command.command, command }
    : { source: 'none', path: null, command: null };

function candidates(env: Environment, platform: NodeJS.Platform, disk: Disk): string[] {
  if (platform !== 'win32') return onPath(env.PATH ?? '', posix, 'nvidia-smi');
  const name = 'nvidia-smi.exe';
  const system = win32.join(env.SystemRoot || 'C:\\Windows', 'System32');
  const store = win32.join(system, 'DriverStore', 'FileRepository');
  return [
    ...onPath(env.Path ?? env.PATH ?? '', win32, name),
    win32.join(system, name),
    ...disk.newestFirst(store).map((folder) => win32.join(store, folder, name)),
    win32.join(env.ProgramFiles || 'C:\\Program Files', 'NVIDIA Corporation', 'NVSMI', name),
  ];
}

/** Skips relative entries: the program must not depend on the panel's working folder. */
const onPath = (path: string, { delimiter, isAbsolute, join }: typeof posix, name: string) =>
  path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name));

const realDisk: Disk = {
  isExecutable(file) {
    try {
      accessSync(file, constants.X_OK);
      return statSync(file).isFile();
    } catch {
      // This candidate cannot be run: try the next one.
      return false;
    }
  },
  newestFirst(folder) {
    try {
      const entries = readdirSync(folder).map((name) => ({ name, time: statSync(win32.join(folder, name)).mtimeMs }));
      return entries.sort((a, b) => b.time - a.time).map((entry) => entry.name);
    } catch {
      // No such folder: an older Windows, or no driver from the driver store.
      return [];
    }
  },
};
