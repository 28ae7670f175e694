import {
  type Clearing,
  changedSettings,
  defaultSettings,
  type Health,
  type SettingName,
  type Settings,
  type SettingsState,
  settingNames,
  settingSchemas,
  settingToText,
} from '#contract';
import type { Overrides } from './environment.ts';
import { parseSettingText } from './text.ts';

/** The typed values of `settings` in /api/health; unknown and invalid ones are left out. */
export function inForce(settings: Health['settings']): Partial<Settings> {
  const entries = settingNames.flatMap((name) => {
    const reported = settings[name];
    if (!reported) return [];
    const value = reported.source === 'default' && isUnsetByDefault(name) ? defaultSettings[name] : reported.value;
    const typed = read(name, value);
    return typed === undefined ? [] : [[name, typed]];
  });
  return Object.fromEntries(entries);
}

/** Where the panel sets nothing (a path, a list), the backend reports its own choice, which the person did not make. */
const isUnsetByDefault = (name: SettingName) => settingToText(defaultSettings[name]) === null;

function read(name: SettingName, value: unknown): Settings[SettingName] | undefined {
  const parsed = settingSchemas[name].safeParse(value);
  if (parsed.success) return parsed.data;
  const text = parseSettingText(name, String(value));
  return text.ok ? text.value : undefined;
}

/** What a restart would change: not a setting with an override, and not one that the backend does not report. */
export function pendingSettings(from: {
  desired: Settings;
  running: Partial<Settings> | null;
  overrides: Overrides;
}): SettingName[] {
  const { desired, running, overrides } = from;
  if (running === null) return [];
  return changedSettings(running, desired).filter(
    (name) => running[name] !== undefined && overrides[name] === undefined,
  );
}

/** The pending settings with their old and new values. */
export const changesIn = ({ pending, running, desired }: SettingsState): Clearing['changes'] =>
  pending.map((name) => ({ name, from: running?.[name] ?? null, to: desired[name] }));
