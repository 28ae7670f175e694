import { z } from 'zod';
import {
  defaultSettings,
  PanelError,
  type SettingName,
  type Settings,
  settingSchemas,
  settingsSchema,
} from '#contract';
import type { Environment } from '../base/index.ts';
import { createJsonStore, type StoreNotice } from '../base/index.ts';
import { type Overrides, overridesIn } from './environment.ts';

export interface SettingsStore {
  /** What the person chose, complete; the last set that is safely on disk. */
  desired(): Settings;
  /** LBS_* texts of the panel's own environment: they win over `desired`. */
  overrides(): Overrides;
  /** Saves these values. `invalid_input` with the contract's sentence, or `refused` where the disk will not; all or nothing. */
  change(values: Partial<Settings>): Promise<void>;
  /** The same for a whole set. */
  replace(values: Settings): Promise<void>;
  /** What happened when the file was read, or null. */
  notice(): StoreNotice | null;
}

/** Loose on purpose: what a newer Headroom wrote beside what this one knows is kept and written back. */
const fileSchema = z.looseObject({ settings: z.looseObject(settingsSchema.partial().shape) });
type File = z.infer<typeof fileSchema>;

export async function createSettingsStore(options: { file: string; env: Environment }): Promise<SettingsStore> {
  const store = await createJsonStore<File>({
    file: options.file,
    schema: fileSchema,
    fallback: { settings: {} },
    salvage,
  });
  const overrides = overridesIn(options.env);
  const save = async (values: Partial<Settings>) => {
    const valid = validated(values);
    await store.update((file) => ({ ...file, settings: { ...file.settings, ...valid } }));
  };
  return {
    desired: () => complete(store.value()),
    overrides: () => overrides,
    change: save,
    replace: save,
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
  if (!result.success) throw new PanelError('invalid_input', sentences(result.error), { issues: result.error.issues });
  for (const [name, value] of Object.entries(result.data)) {
    // No environment variable can hold one: the backend's start would fail with a riddle.
    if (typeof value === 'string' && value.includes('\0'))
      throw new PanelError('invalid_input', `${name} must not contain a NUL character.`);
  }
  return result.data;
}

/** The contract's own sentences; zod's general ones get the variable's name, since alone they say nothing. */
const sentences = (error: z.ZodError) =>
  error.issues
    .map((issue) =>
      issue.message.startsWith('Invalid input') ? `${issue.path.join('.')}: ${issue.message}.` : issue.message,
    )
    .join(' ');

/** Keeps every value that is still allowed, so that one bad line in an edited file does not cost the others. */
function salvage(raw: unknown): File {
  const outer = z.looseObject({ settings: z.looseObject({}) }).safeParse(raw);
  if (!outer.success) return { settings: {} };
  const kept = Object.entries(outer.data.settings).filter(([name, value]) => {
    // Own keys only: a file may hold "constructor", too.
    return !Object.hasOwn(settingSchemas, name) || settingSchemas[name as SettingName].safeParse(value).success;
  });
  return { ...outer.data, settings: Object.fromEntries(kept) };
}
