import { resolve } from 'node:path';
import type { Profile, Settings } from '#contract';
import type { Foreign, ProcessOptions } from '../backend/index.ts';
import { type Environment, pythonEnvironment } from '../base/index.ts';
import {
  backendEnvironment,
  type Overrides,
  overridesIn,
  type SettingsStore,
  typedOverrides,
} from '../settings/index.ts';

/** One start of a backend that is not ours: its process, its health URL, and the settings it is started with. */
export interface ForeignStart {
  process: ProcessOptions;
  foreign: Foreign;
  startMs: number;
  settings: Settings;
}

interface StartsOptions {
  /** The panel's own. */
  env: Environment;
  settings: Pick<SettingsStore, 'desired' | 'overrides'>;
  chosen(): Profile | null;
  runFolder: string;
  guardian: { python: string; script: string };
}

/** `python`: the path of the Python that runs our own backend. */
const isOurPython = ({ command, folder }: Profile, python: string) =>
  /[/\\]/.test(command[0] ?? '') && resolve(folder, command[0] ?? '') === resolve(python);

const ALLOCATOR = ['PYTORCH_CUDA_ALLOC_CONF', 'PYTORCH_ALLOC_CONF'] as const;

/** Starts of the selected profile under the panel's settings. */
export function createStarts({ env, settings, chosen, runFolder, guardian }: StartsOptions) {
  /** A profile's own variables take precedence over the settings, as those of the panel's environment do. */
  const overrides = (): Overrides => ({ ...settings.overrides(), ...overridesIn(chosen()?.env ?? {}) });

  const environment = (profile: Profile, inForce: Settings): Record<string, string> => {
    // Another program may rest on the person's PYTHON* variables; our own Python never does.
    const inherited = isOurPython(profile, guardian.python) ? pythonEnvironment(env) : env;
    const child = backendEnvironment({
      env: inherited,
      desired: settings.desired(),
      overrides: settings.overrides(),
    });
    // Port 0 means "any free port" to our own server only: another one would no longer answer at its health URL.
    if (child.LBS_PORT === '0') delete child.LBS_PORT;
    const whole = { ...child, ...profile.env };
    // A value that the person set for the allocator is kept.
    if (!inForce.LBS_ENABLE_MEMORY_MANAGEMENT || ALLOCATOR.some((name) => whole[name])) return whole;
    return { ...whole, PYTORCH_CUDA_ALLOC_CONF: 'expandable_segments:True' };
  };

  return {
    overrides,
    /** Of the selected profile, with the current settings; null where our own backend is selected. */
    next(): ForeignStart | null {
      const profile = chosen();
      if (!profile) return null;
      const [command = '', ...args] = profile.command;
      const inForce = { ...settings.desired(), ...typedOverrides(overrides()) };
      return {
        process: {
          command,
          args,
          folder: profile.folder,
          env: environment(profile, inForce),
          runFolder,
          guardian: { ...guardian, env: pythonEnvironment(env) },
        },
        foreign: { healthUrl: profile.healthUrl, stopMs: profile.stopSeconds * 1_000 },
        startMs: profile.startSeconds * 1_000,
        settings: inForce,
      };
    },
  };
}
