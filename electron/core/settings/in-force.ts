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

/** Typed values out of /api/health's `settings`; what this panel does not know or cannot read is left out. */
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

/** Where the panel sends nothing (a path, a list), the backend tells the place it chose: that is no chosen value. */
const isUnsetByDefault = (name: SettingName) => settingToText(defaultSettings[name]) === null;

function read(name: SettingName, value: unknown): Settings[SettingName] | undefined {
  const parsed = settingSchemas[name].safeParse(value);
  if (parsed.success) return parsed.data;
  const text = parseSettingText(name, String(value));
  return text.ok ? text.value : undefined;
}

/** What a restart would change. An override stays whatever is desired, and what the backend does not tell is unknown. */
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

/** The pending ones, from and to: what the next start brings. */
export const changesIn = ({ pending, running, desired }: SettingsState): Clearing['changes'] =>
  pending.map((name) => ({ name, from: running?.[name] ?? null, to: desired[name] }));
