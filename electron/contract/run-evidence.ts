import { z } from 'zod';
import { throttleNames } from './throttle.ts';

/**
 * Seconds during which something was the case. They differ where only the minimum and maximum of ten seconds or of a minute
 * are still kept.
 */
const secondsSchema = z.object({ least: z.number(), most: z.number() });

/** What the samples of one GPU say about the time of a run. */
const gpuConditionsSchema = z.object({
  uuid: z.string(),
  /** Of the run's seconds, those that samples cover. The rest is unknown. */
  sampledSeconds: z.number(),
  /** power.draw integrated over `poweredSeconds`; null where it was never reported. */
  energyJ: z.number().nullable(),
  poweredSeconds: z.number(),
  /** While any reason slowed a busy GPU down; null where the reasons were never reported. */
  throttled: secondsSchema.nullable(),
  /** The reasons among them, the longest first. */
  reasons: z.array(secondsSchema.extend({ reason: z.enum(throttleNames) })),
  /** Of our own processes, in MiB; null where it was never reported. */
  oursMaxMiB: z.number().nullable(),
  /** Processes that are not ours and were on this GPU meanwhile, the largest first; null where the process list is unknown. */
  others: z
    .array(z.object({ pid: z.number().int(), name: z.string(), seconds: z.number(), maxMiB: z.number() }))
    .nullable(),
});

/** Under which conditions a run ran: what its speed depends on besides its settings. */
export const runConditionsSchema = z.object({
  /** Unix milliseconds; null: it has not started. A run in progress ends now. */
  span: z.object({ from: z.number(), to: z.number() }).nullable(),
  /** The GPUs that held memory of ours; empty where no sample of that time is kept. */
  gpus: z.array(gpuConditionsSchema),
});

/** A run's part of the backend's log, without escape sequences; null where the log holds none of it. */
export const runLogSchema = z.object({
  text: z.string().nullable(),
  /** Characters that were left out in its middle. */
  left: z.number().int(),
});

export type GpuConditions = z.infer<typeof gpuConditionsSchema>;
export type RunConditions = z.infer<typeof runConditionsSchema>;
export type RunLog = z.infer<typeof runLogSchema>;
