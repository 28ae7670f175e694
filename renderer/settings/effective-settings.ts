import {
  defaultSettings,
  type SettingName,
  type Settings,
  type SettingsState,
  settingNames,
  settingSchemas,
  toShell,
} from '#contract';

const flags: Record<string, boolean> = { '1': true, true: true, '0': false, false: false };

/** Text converted to the type that the setting has; not validated. */
export function textToValue(name: SettingName, text: string): unknown {
  const trimmed = text.trim();
  if (name === 'LBS_GPU_MEMORY_LIMIT') return trimmed; // its schema reads texts
  const type = typeof defaultSettings[name];
  if (type === 'boolean') return flags[trimmed.toLowerCase()] ?? trimmed;
  return type === 'number' && trimmed !== '' ? Number(trimmed) : trimmed;
}

/** The value of a variable in the panel's own environment; undefined where its text is not a valid value. */
export const overrideValue = <N extends SettingName>(name: N, text: string) =>
  settingSchemas[name].safeParse(textToValue(name, text)).data as Settings[N] | undefined;

/** The value that the next start uses: a variable of the panel's own environment overrides the chosen value. */
export function effectiveValue<N extends SettingName>({ desired, overrides }: SettingsState, name: N): Settings[N] {
  const text = overrides[name];
  return (text === undefined ? undefined : overrideValue(name, text)) ?? desired[name];
}

/**
 * The data type to plan with, in the words of the plan's API: `default` where the next start leaves it to the backend, which has
 * another one now; undefined where it has none now either.
 */
export function plannedDtype(settings: SettingsState): string | undefined {
  const next = effectiveValue(settings, 'LBS_TORCH_DTYPE');
  return next ?? (settings.running?.LBS_TORCH_DTYPE ? 'default' : undefined);
}

/** The `export` lines for the settings that the next start uses, overrides included. */
export function shellLines(desired: Settings, overrides: Partial<Record<SettingName, string>>): string {
  const overridden = settingNames.flatMap((name) => {
    const value = overrides[name] === undefined ? undefined : overrideValue(name, overrides[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return toShell({ ...desired, ...Object.fromEntries(overridden) });
}
