import type { Environment } from '../paths.ts';
import type { SmiCommand } from './types.ts';

/** How big the emulated card is where nothing else is asked for: small, so that the toy model is visible on it. */
export const defaultEmulatedGpus = '256MiB';

/** The emulator in nvidia-smi's place: the same arguments, the same output. LBS_EMULATED_GPUS of `env` wins. */
export function emulatorCommand(options: {
  /** The backend's Python. */
  python: string;
  /** The absolute path of nvidia_smi_emulator.py. */
  script: string;
  /** The data folder, where workers tell what they hold. */
  home: string;
  env: Environment;
  /** The absolute path of a scenario's file. */
  scenario?: string;
}): SmiCommand {
  const { python, script, home, env, scenario } = options;
  return {
    command: python,
    // Isolated: neither PYTHON* variables nor the working folder's modules reach it.
    args: ['-I', script],
    env: {
      ...env,
      LBS_EMULATED_GPUS: env.LBS_EMULATED_GPUS || defaultEmulatedGpus,
      HEADROOM_HOME: home,
      ...(scenario === undefined ? {} : { HEADROOM_SCENARIO: scenario }),
    },
  };
}
