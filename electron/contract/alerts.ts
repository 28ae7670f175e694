import { z } from 'zod';
import { sentenceSchema } from './sentence.ts';
import { renamedField, storedSentenceSchema } from './stored-sentence.ts';

export const alertKinds = [
  /** Headroom under a threshold. */
  'headroom',
  /** Headroom's own share of GPU memory exceeds a share of the limit. */
  'limit',
  /** All memory in use exceeds a share of the card. */
  'card',
  /** Headroom's own share grows while nothing runs. */
  'leak',
  /** Another process has allocated memory; raised once per crossing of the threshold. */
  'taken',
  /** Another process has grown since it was first known; raised again at each doubling of the growth. */
  'grown',
  'hot',
  /** Thermal or power throttling by the hardware. */
  'brake',
  /** Telemetry fails or is slow. */
  'collection',
  /** A known GPU is missing, or does not answer. */
  'gpu_missing',
  'xid',
  'ecc',
] as const;
export type AlertKind = (typeof alertKinds)[number];

const alertFields = z.object({
  id: z.string(),
  kind: z.enum(alertKinds),
  level: z.enum(['warning', 'error']),
  gpuUuid: z.string().nullable(),
  /** Unix milliseconds. */
  since: z.number(),
  /** Null while it is active. */
  endedAt: z.number().nullable(),
  /** Raised again within the quiet time, or already so when the panel started: shown without a notification. */
  quiet: z.boolean().optional(),
  /** For the log, the timeline and notifications; the page words kinds that it knows from `values`. */
  sentence: storedSentenceSchema,
  /** Numbers (MiB, per cent, degrees Celsius) and names. */
  values: z.record(z.string(), z.union([z.string(), z.number(), sentenceSchema])),
});

const alertSchema = renamedField('message', 'sentence', alertFields);

const minutes = z.number().min(0).max(1440);
const share = z.number().gt(0).max(1);
const on = z.boolean().default(true);

/** The thresholds of the rules; each rule has its own switch. */
export const alertSettingsSchema = z.object({
  /** On the desktop, or in the browser where it has the permission. */
  notifications: z.boolean().default(true),
  /** Minutes without another notification about the same alert of the same GPU. */
  quietMinutes: minutes.default(10),
  headroom: z.object({ on, belowMiB: z.number().min(0).default(512) }).prefault({}),
  limit: z.object({ on, over: share.default(0.95) }).prefault({}),
  card: z.object({ on, over: share.default(0.97) }).prefault({}),
  leak: z.object({ on, growsMiB: z.number().min(1).default(256), minutes: minutes.default(10) }).prefault({}),
  taken: z.object({ on, overMiB: z.number().min(1).default(1024) }).prefault({}),
  grown: z.object({ on, growsMiB: z.number().min(1).default(1024) }).prefault({}),
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

/** Some of the settings. `partial()` would fill in the default of each absent one. */
export const alertChangeSchema = z.strictObject(
  Object.fromEntries(
    Object.entries(alertSettingsSchema.shape).map(([name, whole]) => [name, whole.unwrap().optional()]),
  ) as Inner<typeof alertSettingsSchema.shape>,
);

export const alertsSchema = z.object({
  /** Active alerts, then the newest of the ended ones; newest first. */
  list: z.array(alertSchema),
  settings: alertSettingsSchema,
});

export type Alert = z.infer<typeof alertSchema>;
export type AlertSettings = z.output<typeof alertSettingsSchema>;
export type AlertChange = z.output<typeof alertChangeSchema>;
export type AlertsState = z.infer<typeof alertsSchema>;
