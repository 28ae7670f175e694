import { z } from 'zod';
import { gpuProcessSchema } from './gpu-process.ts';
import { settingName, settingValue } from './settings.ts';

/** What was left of earlier starts of this data folder, and ended; `gone`: false where not even SIGKILL ended it. */
export const sweptSchema = z.object({
  processes: z.array(z.object({ pid: z.number().int(), name: z.string(), gone: z.boolean() })),
  files: z.number().int(),
});

/** Each lasts until the next one's time, in Unix milliseconds. */
export const clearStepSchema = z.object({
  name: z.enum(['measure', 'stop', 'sweep', 'wait', 'start', 'done']),
  time: z.number(),
});

/** "Clear and restart": what is held before, each step, what came back. Memory in MiB per GPU uuid. */
export const clearingSchema = z.object({
  active: z.boolean(),
  steps: z.array(clearStepSchema),
  beforeMiB: z.record(z.string(), z.number()),
  /** Null until the memory is back, or given up on. */
  afterMiB: z.record(z.string(), z.number()).nullable(),
  /** Who held it, and who holds it after. */
  before: z.array(gpuProcessSchema),
  after: z.array(gpuProcessSchema).nullable(),
  swept: sweptSchema.nullable(),
  /** What the new start changes. */
  changes: z.array(z.object({ name: settingName, from: settingValue, to: settingValue })),
  problem: z.string().nullable(),
});

export type Swept = z.infer<typeof sweptSchema>;
export type Clearing = z.infer<typeof clearingSchema>;
