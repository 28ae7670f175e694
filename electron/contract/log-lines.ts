import { z } from 'zod';

export const logLevels = ['info', 'warning', 'error'] as const;

/** One finished line of the backend's output, as plain text. */
export const logLineSchema = z.object({
  /** Counted since the panel started. */
  number: z.number().int(),
  /** Unix milliseconds at which the panel read it. */
  time: z.number(),
  level: z.enum(logLevels),
  /** The run in progress when it was printed. */
  run: z.string().nullable(),
  text: z.string(),
});

export const logLinesSchema = z.object({
  lines: z.array(logLineSchema),
  /** The number of the next line; pass it as `from` for what follows. */
  next: z.number().int(),
});

export type LogLine = z.infer<typeof logLineSchema>;
export type LogLevel = LogLine['level'];
export type LogLines = z.infer<typeof logLinesSchema>;
