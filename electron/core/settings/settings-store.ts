import { z } from 'zod';
import {
  defaultSettings,
  invalidInput,
  PanelError,
  type SettingName,
  type Settings,
  settingSchemas,
  settingsSchema,
} from '#contract';
import type { Environment } from '../base/index.ts';
import { createJsonStore, type Saving, type StoreNotice } from '../base/index.ts';
import { type Overrides, overridesIn } from './environment.ts';
import { say } from './sentences.ts';

export interface SettingsStore {
  /** What the person chose, complete; the last set that was saved. */
  desired(): Settings;
  /** LBS_* variables of the panel's own environment: they take precedence over `desired`. */
  overrides(): Overrides;
  /** Saves these values, all or none. Throws `invalid_input`, or `refused` where the file cannot be written. */
  change(values: Partial<Settings>): Promise<void>;
  /** The address beyond this machine that the person has allowed the backend to listen on; null: none. */
  allowedHost(): string | null;
  allowHost(host: string): Promise<void>;
  /** What happened when the file was read, or null. */
  notice(): StoreNotice | null;
}

/** Loose: values of a newer Headroom are kept and written back. */
const fileSchema = z.looseObject({
  settings: z.looseObject(settingsSchema.partial().shape),
  allowedHost: z.string().optional().catch(undefined),
});
type File = z.infer<typeof fileSchema>;

export async function createSettingsStore(options: {
  file: string;
  env: Environment;
  saving?: Saving;
}): Promise<SettingsStore> {
  const store = await createJsonStore<File>({
    file: options.file,
    saving: options.saving,
    schema: fileSchema,
    fallback: { settings: {} },
    salvage,
  });
  const overrides = overridesIn(options.env);
  const save = async (values: Partial<Settings>) => {
    const valid = validated(values);
    await store.update((file) => ({
      ...file,
      settings: { ...file.settings, ...valid },
      // Another address is another question.
      allowedHost: valid.LBS_HOST === undefined || valid.LBS_HOST === file.allowedHost ? file.allowedHost : undefined,
    }));
  };
  return {
    desired: () => complete(store.value()),
    overrides: () => overrides,
    change: save,
    allowedHost: () => store.value().allowedHost ?? null,
    allowHost: async (host) => void (await store.update((file) => ({ ...file, allowedHost: host }))),
    notice: store.notice,
  };
}

function complete(file: File): Settings {
  const known = Object.keys(settingSchemas).map((name) => {
    const value = file.settings[name];
    return [name, value === undefined ? defaultSettings[name as SettingName] : value];
  });
  return settingsSchema.parse(Object.fromEntries(known));
}

function validated(values: Partial<Settings>): Partial<Settings> {
  const result = settingsSchema.partial().safeParse(values);
  if (!result.success) throw invalidInput(result.error);
  for (const [name, value] of Object.entries(result.data)) {
    // An environment variable cannot hold one: the backend's start would fail with an unrelated error.
    if (typeof value === 'string' && value.includes('\0')) throw new PanelError('invalid_input', say('nul', { name }));
  }
  return result.data;
}

/** Keeps every valid value of an edited file. */
function salvage(raw: unknown): File {
  const outer = z.looseObject({ settings: z.looseObject({}) }).safeParse(raw);
  if (!outer.success) return { settings: {} };
  const kept = Object.entries(outer.data.settings).filter(([name, value]) => {
    // Own keys only: a file may hold "constructor", too.
    return !Object.hasOwn(settingSchemas, name) || settingSchemas[name as SettingName].safeParse(value).success;
  });
  return { ...outer.data, settings: Object.fromEntries(kept) };
}
