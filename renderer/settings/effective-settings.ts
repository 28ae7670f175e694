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

/** The text of a variable in the panel's own environment as its setting's value; undefined where it is none. */
export function heldValue<N extends SettingName>(name: N, text: string): Settings[N] | undefined {
  const word = text.trim();
  const kind = typeof defaultSettings[name];
  const value = kind === 'boolean' ? flags[word.toLowerCase()] : kind === 'number' && word ? Number(word) : word;
  return settingSchemas[name].safeParse(value).data as Settings[N] | undefined;
}

/** What the next start uses: a variable of the panel's own environment wins over what was chosen. */
export function nextValue<N extends SettingName>({ desired, overrides }: SettingsState, name: N): Settings[N] {
  const text = overrides[name];
  return (text === undefined ? undefined : heldValue(name, text)) ?? desired[name];
}

/** The `export` lines of what a start really uses: the variables of the panel's own environment win. */
export function shellLines(desired: Settings, overrides: Partial<Record<SettingName, string>>): string {
  const held = settingNames.flatMap((name) => {
    const value = overrides[name] === undefined ? undefined : heldValue(name, overrides[name]);
    return value === undefined ? [] : [[name, value]];
  });
  return toShell({ ...desired, ...Object.fromEntries(held) });
}
