import { z } from 'zod';

const figure = z.number().nullable();

/** Never ended from here: only named. `unknown`: who it is cannot be told, as in another container. */
export const sparedReasons = ['screen', 'unknown', 'other_user', 'panel', 'backend', 'other_panel'] as const;

export const gpuProcessSchema = z.object({
  gpuUuid: z.string(),
  pid: z.number().int(),
  name: z.string(),
  user: z.string().nullable(),
  /** Unix milliseconds. */
  since: z.number().nullable(),
  usedMiB: figure,
  /** The MIG instance that it is on. */
  migUuid: z.string().nullable().default(null),
  /** Null where only the list of compute processes was asked. */
  kind: z.enum(['compute', 'graphics', 'both']).nullable().default(null),
  /** For the tree: a parent that is not on a GPU itself is no row. */
  parentPid: z.number().int().nullable().default(null),
  /** The command line, cut to 512 characters; null where it is not ours to read. */
  command: z.string().nullable().default(null),
  container: z.object({ runtime: z.string(), id: z.string() }).nullable().default(null),
  ours: z.boolean(),
  /** What it is to the backend; null where it is not ours, or cannot be told. */
  role: z.enum(['server', 'worker', 'spare', 'child']).nullable().default(null),
  /** With the pid, what no later process shares: ticks since boot. Null where the system does not tell. */
  startTime: figure,
  /** Why it cannot be ended from here; null where the person may end it. */
  spared: z.enum(sparedReasons).nullable(),
});

export type GpuProcess = z.infer<typeof gpuProcessSchema>;
export type SparedReason = (typeof sparedReasons)[number];
