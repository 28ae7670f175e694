import { z } from 'zod';
import { gpuLimitSchema, healthSettingSchema, memorySchema } from './backend-api.ts';
import { gpuProcessSchema } from './gpu-process.ts';
import { sentenceSchema } from './sentence.ts';
import { inputTexts } from './sentences.ts';
import { settingsSchema } from './settings.ts';
import { reasonSchema } from './state.ts';
import { tickSchema } from './telemetry.ts';

/** The evidence of a backend that exited without being asked to, or could not be started; one file each. */
export const crashReportSchema = z.object({
  kind: z.literal('crash'),
  /** Unix milliseconds. */
  time: z.number(),
  reason: reasonSchema,
  /** Crashes within the last hour, this one included. */
  lastHour: z.number().int(),
  versions: z.object({
    headroom: z.string(),
    backend: z.string().nullable(),
    python: z.string().nullable(),
    torch: z.string().nullable(),
    cuda: z.string().nullable(),
    driver: z.string().nullable(),
    node: z.string(),
    system: z.string(),
  }),
  settings: z.object({
    desired: settingsSchema.partial(),
    /** In force, as the backend reports them; null where it was not ready. */
    running: z.record(z.string(), healthSettingSchema).nullable(),
    /** Variables of the panel's own environment. */
    overrides: z.record(z.string(), z.string()),
  }),
  memory: z.object({
    limits: z.array(gpuLimitSchema),
    /** The backend's own view, in bytes. */
    backend: memorySchema.nullable(),
    /** The last minute. */
    ticks: z.array(tickSchema),
    processes: z.array(gpuProcessSchema),
  }),
  /** The last lines of the backend's output, as a person reads them. */
  output: z.array(z.string()),
});

/** One row of the list; a file that cannot be read is listed without a sentence. */
export const crashSummarySchema = z.object({
  id: z.string(),
  time: z.number(),
  sentence: sentenceSchema.nullable(),
  lastHour: z.number().int().nullable(),
  damaged: z.boolean(),
});

export const crashIdSchema = z.strictObject({
  id: z.string().regex(/^[\dTZ-]{20,32}-crash$/, inputTexts.crashName),
});

/** One file to hand on: its name, and its text without personal data. */
export const exportedSchema = z.object({ name: z.string(), text: z.string() });

export type CrashReport = z.infer<typeof crashReportSchema>;
export type CrashSummary = z.infer<typeof crashSummarySchema>;
