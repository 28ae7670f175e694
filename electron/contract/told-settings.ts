import { z } from 'zod';
import { defaultSettings, type SettingName, type Settings, settingNames } from './settings.ts';

/**
 * Settings as a state tells them, which may be that of a recording: an older Headroom lacks what has come since, a later
 * one has more, and either may have taken a value that this one would refuse. They are shown, never used.
 */
const told = <T extends z.ZodType>(of: (name: SettingName) => T) =>
  z.object(Object.fromEntries(settingNames.map((name) => [name, of(name)])));
const plain = (name: SettingName): z.ZodType => {
  const value = defaultSettings[name];
  return value === null
    ? z.string().nullable()
    : { string: z.string(), number: z.number(), boolean: z.boolean() }[typeof value as 'string'];
};
export const toldSettings = {
  whole: told((name) => plain(name).default(defaultSettings[name])) as unknown as z.ZodType<Settings>,
  some: told((name) => plain(name).optional()) as unknown as z.ZodType<Partial<Settings>>,
  texts: told(() => z.string().optional()) as unknown as z.ZodType<Partial<Record<SettingName, string>>>,
  names: z.array(z.string()).transform((list) => settingNames.filter((name) => list.includes(name))),
};
