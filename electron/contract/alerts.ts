import { z } from 'zod';

export const alertKinds = [
  /** Headroom under a threshold. */
  'headroom',
  /** Our share over a share of the limit. */
  'limit',
  /** All memory over a share of the card. */
  'card',
  /** Our share grows while nothing runs. */
  'leak',
  /** Another process has taken memory: who, once per crossing. */
  'taken',
  'hot',
  /** Thermal or power brake. */
  'brake',
  /** The collection fails or is slow. */
  'collection',
  /** A GPU that was there is not, or does not answer. */
  'gpu_missing',
  'xid',
  'ecc',
] as const;
export type AlertKind = (typeof alertKinds)[number];

export const alertSchema = z.object({
  id: z.string(),
  kind: z.enum(alertKinds),
  level: z.enum(['warning', 'error']),
  gpuUuid: z.string().nullable(),
  /** Unix milliseconds. */
  since: z.number(),
  /** Null while it lasts. */
  endedAt: z.number().nullable(),
  /** Come again within the quiet time, or so already when the panel began: shown, and told to nobody. */
  quiet: z.boolean().optional(),
  /** In English, for the log and the desktop's notification; the page words it itself from `values`. */
  message: z.string(),
  /** The figures and names of the message: MiB, per cent, degrees Celsius, names. */
  values: z.record(z.string(), z.union([z.string(), z.number()])),
});

const minutes = z.number().min(0).max(1440);
const share = z.number().gt(0).max(1);
const on = z.boolean().default(true);

/** What is watched for, and from where on. Every rule has its own switch. */
export const alertSettingsSchema = z.object({
  /** Of the desktop, or of the browser where it was allowed. */
  notifications: z.boolean().default(true),
  /** The same alert of the same GPU is not told again within so many minutes. */
  quietMinutes: minutes.default(10),
  headroom: z.object({ on, belowMiB: z.number().min(0).default(512) }).prefault({}),
  limit: z.object({ on, over: share.default(0.95) }).prefault({}),
  card: z.object({ on, over: share.default(0.97) }).prefault({}),
  leak: z.object({ on, growsMiB: z.number().min(1).default(256), minutes: minutes.default(10) }).prefault({}),
  taken: z.object({ on, overMiB: z.number().min(1).default(1024) }).prefault({}),
  hot: z
    .object({ on, overCelsius: z.number().min(30).max(120).default(85), minutes: minutes.default(10) })
    .prefault({}),
  brake: z.object({ on, minutes: minutes.default(5) }).prefault({}),
  collection: z.object({ on, seconds: z.number().min(5).max(3600).default(30) }).prefault({}),
  gpu_missing: z.object({ on }).prefault({}),
  xid: z.object({ on }).prefault({}),
  ecc: z.object({ on }).prefault({}),
});

type Inner<S> = { [K in keyof S]: S[K] extends { unwrap(): infer T extends z.ZodType } ? z.ZodOptional<T> : never };

/** Some of the settings. Not `partial()`: that would put the default in place of each that is not given. */
export const alertChangeSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(alertSettingsSchema.shape).map(([name, whole]) => [name, whole.unwrap().optional()]),
  ) as Inner<typeof alertSettingsSchema.shape>,
);

export const alertsSchema = z.object({
  /** Those that last, then the newest of those that have ended, newest first. */
  list: z.array(alertSchema),
  settings: alertSettingsSchema,
});

export type Alert = z.infer<typeof alertSchema>;
export type AlertSettings = z.output<typeof alertSettingsSchema>;
export type AlertChange = z.output<typeof alertChangeSchema>;
export type AlertsState = z.infer<typeof alertsSchema>;
