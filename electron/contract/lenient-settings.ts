import { z } from 'zod';
import { defaultSettings, type SettingName, type Settings, settingNames } from './settings.ts';

/**
 * Settings inside a state, which may come from a recording: an older Headroom lacks newer settings, a later one has more, and
 * either may hold a value that this one rejects. They are shown, never applied.
 */
const settingsOf = <T extends z.ZodType>(schemaOf: (name: SettingName) => T) =>
  z.object(Object.fromEntries(settingNames.map((name) => [name, schemaOf(name)])));
const anyValue = (name: SettingName): z.ZodType => {
  if (name === 'LBS_GPU_MEMORY_LIMIT') return z.union([z.number(), z.string()]);
  const value = defaultSettings[name];
  return value === null
    ? z.string().nullable()
    : { string: z.string(), number: z.number(), boolean: z.boolean() }[typeof value as 'string'];
};

export const lenientSettings = {
  whole: settingsOf((name) => anyValue(name).default(defaultSettings[name])) as unknown as z.ZodType<Settings>,
  partial: settingsOf((name) => anyValue(name).optional()) as unknown as z.ZodType<Partial<Settings>>,
  texts: settingsOf(() => z.string().optional()) as unknown as z.ZodType<Partial<Record<SettingName, string>>>,
  names: z.array(z.string()).transform((list) => settingNames.filter((name) => list.includes(name))),
};
