import type { Environment } from '../../base/index.ts';
import type { SmiCommand, SmiSource } from '../types.ts';
import { findCardTrace } from './card-trace.ts';
import { type Disk, diskAt } from './disk.ts';
import { smiPlaces } from './places.ts';

/**
 * Finds nvidia-smi: HEADROOM_NVIDIA_SMI where it is set (`emulator`, or an executable), otherwise the one on PATH or in
 * the standard folders of the system. Where there is none, the emulator, unless the machine has an NVIDIA GPU and nothing
 * in the environment asks for emulated ones. A found nvidia-smi that fails stays in use.
 */
export function locateSmi(options: {
  env: Environment;
  platform: NodeJS.Platform;
  emulator: SmiCommand | null;
  disk?: Disk;
}): SmiSource {
  const { env, platform, emulator, disk = diskAt() } = options;
  const chosen = env.HEADROOM_NVIDIA_SMI;
  if (chosen === 'emulator') return emulated(emulator);
  const path = chosen || smiPlaces(env, platform, disk).find((file) => disk.isExecutable(file));
  if (path) return { source: 'nvidia-smi', path, command: { command: path, args: [], env } };
  const trace = env.LBS_EMULATED_GPUS || env.HEADROOM_SCENARIO ? null : findCardTrace(env, platform, disk);
  return trace ? { ...nowhere, trace } : emulated(emulator);
}

const nowhere: SmiSource = { source: 'none', path: null, command: null };

const emulated = (command: SmiCommand | null): SmiSource =>
  command ? { source: 'emulator', path: command.args.at(-1) ?? command.command, command } : nowhere;
