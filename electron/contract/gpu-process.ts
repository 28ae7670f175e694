import { z } from 'zod';
import { renamedField } from './stored-sentence.ts';

const optionalNumber = z.number().nullable();

/** Why Headroom never ends a process. `unknown`: it cannot be identified, as in another container. */
export const protectionReasons = ['screen', 'unknown', 'other_user', 'panel', 'backend', 'other_panel'] as const;

const gpuProcessFields = z.object({
  gpuUuid: z.string(),
  /** 0 where nvidia-smi does not report it. */
  pid: z.number().int(),
  name: z.string(),
  user: z.string().nullable(),
  /** Unix milliseconds. */
  since: z.number().nullable(),
  usedMiB: optionalNumber,
  /** Its MIG instance. */
  migUuid: z.string().nullable().default(null),
  /** Null where only compute processes were listed. */
  kind: z.enum(['compute', 'graphics', 'both']).nullable().default(null),
  /** For the process tree: a parent that is not on a GPU has no row. */
  parentPid: z.number().int().nullable().default(null),
  /** The command line, cut to 512 characters; null where it may not be read. */
  command: z.string().nullable().default(null),
  container: z.object({ runtime: z.string(), id: z.string() }).nullable().default(null),
  ours: z.boolean(),
  /** Its role in our backend; null where it is not ours, or its role is unknown. */
  role: z.enum(['server', 'worker', 'spare', 'child']).nullable().default(null),
  /** Ticks since boot; with the pid it identifies the process. Null where the system does not report it. */
  startTime: optionalNumber,
  /** Why it cannot be ended from here; null where the person may end it. */
  protection: z.enum(protectionReasons).nullable(),
});

export const gpuProcessSchema = renamedField('spared', 'protection', gpuProcessFields);

export type GpuProcess = z.infer<typeof gpuProcessSchema>;
export type ProtectionReason = (typeof protectionReasons)[number];
