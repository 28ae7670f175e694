import { z } from 'zod';
import { gpuProcessSchema } from './gpu-process.ts';
import { settingName, settingValue } from './settings.ts';
import { renamedField, storedSentencesSchema } from './stored-sentence.ts';

/** Leftover processes and files of earlier starts in this data folder; `gone`: false where even SIGKILL did not end the process. */
const sweptSchema = z.object({
  processes: z.array(z.object({ pid: z.number().int(), name: z.string(), gone: z.boolean() })),
  files: z.number().int(),
});

/** A step lasts until the next one's time, in Unix milliseconds. */
const clearStepSchema = z.object({
  name: z.enum(['measure', 'stop', 'sweep', 'wait', 'start', 'done']),
  time: z.number(),
});

const clearingFields = z.object({
  active: z.boolean(),
  steps: z.array(clearStepSchema),
  beforeMiB: z.record(z.string(), z.number()),
  /** Null until the memory is free, or the wait has timed out. */
  afterMiB: z.record(z.string(), z.number()).nullable(),
  /** The processes on the GPUs before and after. */
  before: z.array(gpuProcessSchema),
  after: z.array(gpuProcessSchema).nullable(),
  swept: sweptSchema.nullable(),
  /** The settings that the new start changes. */
  changes: z.array(z.object({ name: settingName, from: settingValue, to: settingValue })),
  /** Why the memory is not free, or the restart failed; empty where all went well. */
  problems: storedSentencesSchema,
});

/** "Clear and restart": memory before, each step, memory after; in MiB per GPU uuid. */
export const clearingSchema = renamedField('problem', 'problems', clearingFields);

export type Swept = z.infer<typeof sweptSchema>;
export type Clearing = z.infer<typeof clearingSchema>;
