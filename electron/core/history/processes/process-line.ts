import { z } from 'zod';

const processOnGpuSchema = z.object({
  gpuUuid: z.string(),
  pid: z.number().int(),
  startTime: z.number().nullable(),
  name: z.string(),
  user: z.string().nullable(),
  ours: z.boolean(),
});
export type ProcessOnGpu = z.infer<typeof processOnGpuSchema>;

/** `came`: new processes with a short id, `moved`: the changed memory in MiB by id; `full`: the complete list. */
export const processLineSchema = z.object({
  time: z.number(),
  full: z.boolean().default(false),
  came: z.array(processOnGpuSchema.extend({ id: z.number().int(), usedMiB: z.number() })).default([]),
  moved: z.array(z.tuple([z.number().int(), z.number()])).default([]),
  gone: z.array(z.number().int()).default([]),
});
export type ProcessLine = z.infer<typeof processLineSchema>;
