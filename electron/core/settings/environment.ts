import { type SettingName, type Settings, settingNames, settingToText } from '#contract';
import type { Environment } from '../base/index.ts';

export type Overrides = Partial<Record<SettingName, string>>;

/** The LBS_* variables that the panel itself was started with. An empty one counts as not set, as in a shell. */
export function overridesIn(env: Environment): Overrides {
  const present = settingNames.flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return Object.fromEntries(present);
}

/**
 * The whole environment for a backend: `env` with exactly the LBS_* variables of these settings. An override wins with
 * its own text; what has no value is absent, so that the backend's default holds.
 */
export function backendEnvironment(from: {
  env: Environment;
  desired: Settings;
  overrides: Overrides;
}): Record<string, string> {
  const inherited = Object.entries(from.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const child = Object.fromEntries(inherited);
  for (const name of settingNames) {
    const text = from.overrides[name] ?? settingToText(from.desired[name]);
    if (text === null) delete child[name];
    else child[name] = text;
  }
  return child;
}
