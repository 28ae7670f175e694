import { type SettingName, type Settings, settingNames, settingToText } from '#contract';
import type { Environment } from '../base/index.ts';

export type Overrides = Partial<Record<SettingName, string>>;

/** The LBS_* variables of the panel's own environment. An empty one counts as unset. */
export function overridesIn(env: Environment): Overrides {
  const present = settingNames.flatMap((name) => (env[name] ? [[name, env[name]]] : []));
  return Object.fromEntries(present);
}

/**
 * The environment of a backend: `env` with exactly the LBS_* variables of these settings. An override takes precedence with
 * its own text; a setting without a value is absent, so that the backend uses its default.
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
