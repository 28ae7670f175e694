import { z } from 'zod';

/** C-Eval: the parameters of a run, and its result as the backend returns it. */
export const cevalParametersSchema = z.strictObject({
  /** All available subjects where absent. */
  subjects: z.array(z.string()).min(1).optional(),
  /** Questions per batch; as many as fit where absent. */
  batch_size: z.number().int().positive().max(4096).optional(),
  /** Questions per subject, from the first. */
  limit: z.number().int().positive().optional(),
});

export const cevalResultSchema = z.object({
  evaluation_type: z.literal('multiple_choice'),
  total_tests: z.number(),
  accuracy: z.number(),
  subject_statistics: z.record(z.string(), z.object({ count: z.number(), accuracy: z.number() })),
  batch_size: z.number(),
});

export type CevalResult = z.infer<typeof cevalResultSchema>;
