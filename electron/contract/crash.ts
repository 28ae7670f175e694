import { z } from 'zod';
import { gpuLimitSchema, healthSettingSchema, memorySchema } from './backend-api.ts';
import { gpuProcessSchema } from './gpu-process.ts';
import { inputTexts } from './sentences.ts';
import { settingsSchema } from './settings.ts';
import { reasonSchema } from './state.ts';
import { tickSchema } from './telemetry.ts';

/** What was known when the backend ended though nobody had asked it to, or could not be started. One file each. */
export const crashReportSchema = z.object({
  kind: z.literal('crash'),
  /** Unix milliseconds. */
  time: z.number(),
  reason: reasonSchema,
  /** Crashes within the hour before this one, itself included. */
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
    /** As the backend told what is in force; null where it was not ready. */
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

/** One row of the list; a file that cannot be read has no sentence, and is there all the same. */
export const crashSummarySchema = z.object({
  id: z.string(),
  time: z.number(),
  sentence: z.string().nullable(),
  lastHour: z.number().int().nullable(),
  damaged: z.boolean(),
});

export const crashIdSchema = z.strictObject({
  id: z.string().regex(/^[\dTZ-]{20,32}-crash$/, inputTexts.crashName),
});

/** One file for whoever helps: its name, and its text without what names the person. */
export const exportedSchema = z.object({ name: z.string(), text: z.string() });

export type CrashReport = z.infer<typeof crashReportSchema>;
export type CrashSummary = z.infer<typeof crashSummarySchema>;
