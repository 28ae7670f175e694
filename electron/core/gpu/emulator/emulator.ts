import { type Environment, pythonEnvironment } from '../../base/index.ts';
import type { SmiCommand, SmiSource } from '../types.ts';
import { scenarioCards } from './scenario.ts';

/** The default size of the emulated card: small, so that the toy model is visible on it. */
const defaultEmulatedGpus = '256MiB';

/**
 * The variables with which the backend emulates the same cards as nvidia-smi. Empty counts as unset: real GPUs are never
 * emulated.
 */
export const emulatedCards = (source: SmiSource['source'], { env }: SmiCommand) => ({
  LBS_EMULATED_GPUS: source === 'emulator' ? (env.LBS_EMULATED_GPUS ?? '') : '',
  HEADROOM_SCENARIO_BEGAN: env.HEADROOM_SCENARIO_BEGAN ?? '',
  // The backend lists the same processes, also where nothing asked for the emulator.
  ...(source === 'emulator' ? { HEADROOM_NVIDIA_SMI: 'emulator' } : {}),
});

/**
 * The emulator in place of nvidia-smi: the same arguments, the same output. LBS_EMULATED_GPUS of `env` overrides the
 * cards of the scenario, and HEADROOM_SCENARIO_BEGAN the current time.
 */
export function emulatorCommand(options: {
  /** The backend's Python. */
  python: string;
  /** The absolute path of nvidia_smi_emulator.py. */
  script: string;
  /** The data folder, where workers report their memory. */
  home: string;
  env: Environment;
  /** A name in assets/scenarios, or a file; HEADROOM_SCENARIO of `env` where it is absent. */
  scenario?: string;
}): SmiCommand {
  const { python, script, home, env } = options;
  const scenario = options.scenario ?? env.HEADROOM_SCENARIO;
  const scenarioGpus = scenario ? scenarioCards(scenario, script) : null;
  return {
    command: python,
    // Isolated from PYTHON* variables and from modules in the working folder.
    args: ['-I', script],
    env: {
      ...pythonEnvironment(env),
      LBS_EMULATED_GPUS: env.LBS_EMULATED_GPUS || scenarioGpus || defaultEmulatedGpus,
      HEADROOM_HOME: home,
      // Every nvidia-smi of this panel plays the same scenario, whenever it starts.
      HEADROOM_SCENARIO_BEGAN: env.HEADROOM_SCENARIO_BEGAN || String(Date.now() / 1000),
      ...(scenario ? { HEADROOM_SCENARIO: scenario } : {}),
    },
  };
}
