import { z } from 'zod';

/** What is looked at, in the order in which a broken one breaks the next. */
export const checkIds = [
  'driver',
  'python',
  'packages',
  'torch',
  'transformers',
  'terminal',
  'port',
  'disk',
  'database',
  'leftovers',
] as const;

export const checkStates = ['ok', 'warning', 'failed', 'unknown', 'running'] as const;

export const fixSchema = z.object({
  label: z.string(),
  /** `copy`: a person runs `command`, Headroom does not; the others are done by checks.fix. */
  action: z.enum(['copy', 'any_port', 'set_database_aside', 'remove_leftovers']),
  /** What does the same in a terminal. */
  command: z.string(),
});

export const checkSchema = z.object({
  id: z.enum(checkIds),
  state: z.enum(checkStates),
  /** Empty while it runs for the first time. */
  sentence: z.string(),
  /** More of it, a line each; null where the sentence is all. */
  detail: z.string().nullable(),
  fix: fixSchema.nullable(),
});

export const checksSchema = z.object({
  running: z.boolean(),
  /** Unix milliseconds at which the last ones ended; null before. */
  at: z.number().nullable(),
  list: z.array(checkSchema),
});

export type CheckId = (typeof checkIds)[number];
export type CheckState = (typeof checkStates)[number];
export type CheckFix = z.infer<typeof fixSchema>;
export type Check = z.infer<typeof checkSchema>;
export type Checks = z.infer<typeof checksSchema>;
