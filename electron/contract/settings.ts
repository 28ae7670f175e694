import { z } from 'zod';
import { limitSchema } from './limit.ts';
import { inputTexts } from './sentences.ts';

/**
 * Every LBS_* variable, declared once: the panel's form, the backend's environment, "copy as shell" and the test against
 * the backend's own settings class all read this table. Keys are the names of the variables, as in the backend.
 */
export const dtypes = ['auto', 'float16', 'bfloat16', 'float32'] as const;
const offloads = ['auto', 'ask', 'never'] as const;

const share = z.number(inputTexts.shareAbove).gt(0, inputTexts.shareAbove).max(1, inputTexts.shareBelow);
const flag = z.boolean(inputTexts.flag);
const count = z.number(inputTexts.cachedModels).int(inputTexts.cachedModels).min(0, inputTexts.cachedModels);
const port = z.number(inputTexts.port).int(inputTexts.port).min(0, inputTexts.port).max(65535, inputTexts.port);
const path = z.string().nullable();
const parts = (text: string, by: RegExp) => text.split(by).filter((part) => part.trim() !== '');
const origins = z
  .string()
  .refine(
    (text) => parts(text, /,/).every((part) => /^(null|[a-z][a-z0-9+.-]*:\/\/[^/\s?#@*]+)\/?$/.test(part.trim())),
    inputTexts.origins,
  );
const { process: own, navigator: page } = globalThis as {
  process?: { platform?: string };
  navigator?: { platform?: string };
};
/** The platform of this machine, in Node and in a page: the panel serves only the machine that it runs on. */
const windows = own?.platform ? own.platform === 'win32' : page?.platform?.startsWith('Win') === true;
/** On Windows a path contains a colon, so a semicolon separates folders. */
const folders = z
  .string()
  .refine(
    (text) =>
      parts(text, windows ? /;/ : /:/).every((part) =>
        (windows ? /^(~|[A-Za-z]:|\\\\[^\\]+\\[^\\]+)([\\/]|$)/ : /^(~?\/|~$)/).test(part.trim()),
      ),
    inputTexts.folders,
  );

export const settingSchemas = {
  LBS_GPU_MEMORY_LIMIT: limitSchema,
  LBS_ENABLE_MEMORY_MANAGEMENT: flag,
  LBS_USE_MODEL_CACHE: flag,
  /** Null: the backend chooses for each checkpoint (python/lbs/models/dtype.py). */
  LBS_TORCH_DTYPE: z.enum(dtypes, inputTexts.dtype).nullable(),
  LBS_LOCAL_DEVICE_MAP: z.string().regex(/^(auto|cpu|cuda:\d{1,3})$/, inputTexts.deviceMap),
  LBS_OFFLOAD: z.enum(offloads, inputTexts.offload),
  LBS_TRUST_REMOTE_CODE: flag,
  LBS_MAX_CACHED_LOCAL_MODELS: count,
  LBS_GPU_MAX_UTILIZATION: share,
  LBS_CPU_MAX_UTILIZATION: share,
  LBS_DB_PATH: path,
  LBS_DATASETS: path,
  LBS_WEB_DIR: path,
  LBS_MODEL_DIRS: folders,
  LBS_ALLOWED_ORIGINS: origins,
  LBS_WARM_WORKERS: flag,
  LBS_HOST: z.string(inputTexts.host).min(1, inputTexts.host),
  LBS_PORT: port,
} as const;

export const settingsSchema = z.strictObject(settingSchemas);
export type Settings = z.infer<typeof settingsSchema>;
export type SettingName = keyof Settings;
export const settingNames = Object.keys(settingSchemas) as SettingName[];
export const settingName = z.enum(Object.keys(settingSchemas) as [SettingName]);
/** The value of any setting. */
export const settingValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** Under the panel; by hand LBS_OFFLOAD is auto and LBS_PORT is 5000 (python/lbs/settings/settings.py). */
export const defaultSettings: Settings = {
  LBS_GPU_MEMORY_LIMIT: 0,
  LBS_ENABLE_MEMORY_MANAGEMENT: true,
  LBS_USE_MODEL_CACHE: true,
  LBS_TORCH_DTYPE: null,
  LBS_LOCAL_DEVICE_MAP: 'auto',
  LBS_OFFLOAD: 'ask',
  LBS_TRUST_REMOTE_CODE: false,
  LBS_MAX_CACHED_LOCAL_MODELS: 4,
  LBS_GPU_MAX_UTILIZATION: 0.5,
  LBS_CPU_MAX_UTILIZATION: 0.8,
  LBS_DB_PATH: null,
  LBS_DATASETS: null,
  LBS_WEB_DIR: null,
  LBS_MODEL_DIRS: '',
  LBS_ALLOWED_ORIGINS: '',
  LBS_WARM_WORKERS: true,
  LBS_HOST: '127.0.0.1',
  LBS_PORT: 0,
};

/** The guide's three examples. A setting that a preset does not name keeps its value. */
export const presets = {
  recommended: { LBS_GPU_MEMORY_LIMIT: 0.8, LBS_ENABLE_MEMORY_MANAGEMENT: true },
  conservative: {
    LBS_GPU_MEMORY_LIMIT: 0.6,
    LBS_ENABLE_MEMORY_MANAGEMENT: true,
    LBS_TORCH_DTYPE: 'float16',
    LBS_USE_MODEL_CACHE: false,
  },
  unlimited: { LBS_GPU_MEMORY_LIMIT: 0 },
} satisfies Record<string, Partial<Settings>>;
export type PresetName = keyof typeof presets;

/** The text of the variable, or null where it stays unset (an empty path, an empty list). */
export function settingToText(value: Settings[SettingName]): string | null {
  if (value === null || value === '') return null;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value === 'number' && Number.isInteger(value)) return value === 0 ? '0' : String(value);
  return String(value);
}

const quote = (text: string) => (/^[\w.,:/@+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** The `export` lines that start the same backend by hand, without the port that only the panel uses. */
export function toShell(settings: Settings): string {
  const lines = settingNames.flatMap((name) => {
    if (name === 'LBS_PORT' && settings.LBS_PORT === 0) return [];
    const text = settingToText(settings[name]);
    return text === null ? [] : [`export ${name}=${quote(text)}`];
  });
  return `${lines.join('\n')}\n`;
}

/** The settings that differ, in the order of the table. */
export function changedSettings(from: Partial<Settings>, to: Settings): SettingName[] {
  return settingNames.filter((name) => from[name] !== to[name]);
}
