import type { Environment } from '../../base/index.ts';
import type { SmiCommand, SmiSource } from '../types.ts';
import { scenarioCards } from './scenario.ts';

/** How big the emulated card is where nothing else is asked for: small, so that the toy model is visible on it. */
const defaultEmulatedGpus = '256MiB';

/**
 * What the backend has to know of emulated cards, so that it plays on the ones that the emulator tells of. Empty counts as
 * not set: over real GPUs it never plays.
 */
export const emulatedCards = (source: SmiSource['source'], { env }: SmiCommand) => ({
  LBS_EMULATED_GPUS: source === 'emulator' ? (env.LBS_EMULATED_GPUS ?? '') : '',
  HEADROOM_SCENARIO_BEGAN: env.HEADROOM_SCENARIO_BEGAN ?? '',
});

/**
 * The emulator in nvidia-smi's place: the same arguments, the same output. LBS_EMULATED_GPUS of `env` wins over the
 * cards of the scenario, and HEADROOM_SCENARIO_BEGAN over now.
 */
export function emulatorCommand(options: {
  /** The backend's Python. */
  python: string;
  /** The absolute path of nvidia_smi_emulator.py. */
  script: string;
  /** The data folder, where workers tell what they hold. */
  home: string;
  env: Environment;
  /** A name of assets/scenarios, or a file; HEADROOM_SCENARIO of `env` where it is absent. */
  scenario?: string;
}): SmiCommand {
  const { python, script, home, env } = options;
  const scenario = options.scenario ?? env.HEADROOM_SCENARIO;
  const brought = scenario ? scenarioCards(scenario, script) : null;
  return {
    command: python,
    // Isolated: neither PYTHON* variables nor the working folder's modules reach it.
    args: ['-I', script],
    env: {
      ...env,
      LBS_EMULATED_GPUS: env.LBS_EMULATED_GPUS || brought || defaultEmulatedGpus,
      HEADROOM_HOME: home,
      // Every nvidia-smi of this panel tells the same story, whenever it is started.
      HEADROOM_SCENARIO_BEGAN: env.HEADROOM_SCENARIO_BEGAN || String(Date.now() / 1000),
      ...(scenario ? { HEADROOM_SCENARIO: scenario } : {}),
    },
  };
}
