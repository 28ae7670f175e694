import { z } from 'zod';

const partySchema = z.object({
  gpuUuid: z.string(),
  pid: z.number().int(),
  startTime: z.number().nullable(),
  name: z.string(),
  user: z.string().nullable(),
  ours: z.boolean(),
});
/** A process on one GPU. */
export type Party = z.infer<typeof partySchema>;

/** `came` with a number that stands for it from then on, `moved` to so many MiB; `full`: nobody else is there. */
export const processLineSchema = z.object({
  time: z.number(),
  full: z.boolean().default(false),
  came: z.array(partySchema.extend({ id: z.number().int(), usedMiB: z.number() })).default([]),
  moved: z.array(z.tuple([z.number().int(), z.number()])).default([]),
  gone: z.array(z.number().int()).default([]),
});
export type ProcessLine = z.infer<typeof processLineSchema>;
