import { z } from 'zod';
import { storedSentenceSchema, storedSentencesSchema } from './stored-sentence.ts';

/** What is checked, in the order of dependence: one that fails makes later ones fail. */
export const checkIds = [
  'driver',
  'python',
  'packages',
  'torch',
  'transformers',
  'imports',
  'terminal',
  'port',
  'disk',
  'database',
  'leftovers',
] as const;

const checkStates = ['ok', 'warning', 'failed', 'unknown', 'running'] as const;

const fixSchema = z.object({
  label: storedSentenceSchema,
  /** `copy`: the person runs `command` in a terminal; checks.fix does the others. */
  action: z.enum(['copy', 'any_port', 'set_database_aside', 'remove_leftovers']),
  /** The same fix in a terminal. */
  command: z.string(),
});

export const checkSchema = z.object({
  id: z.enum(checkIds),
  state: z.enum(checkStates),
  /** Null while it runs for the first time. */
  sentence: storedSentenceSchema.nullable(),
  /** More about it, one line each. */
  detail: storedSentencesSchema,
  fix: fixSchema.nullable(),
});

export const checksSchema = z.object({
  running: z.boolean(),
  /** Unix milliseconds at which the last run of the checks ended; null before the first. */
  at: z.number().nullable(),
  list: z.array(checkSchema),
});

export type CheckId = (typeof checkIds)[number];
export type CheckState = (typeof checkStates)[number];
export type CheckFix = z.infer<typeof fixSchema>;
export type Check = z.infer<typeof checkSchema>;
export type Checks = z.infer<typeof checksSchema>;
