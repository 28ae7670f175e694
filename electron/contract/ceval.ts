import { z } from 'zod';
import { kvCacheSchema } from './kv-cache.ts';
import { thinkingShape } from './thinking.ts';

/** Whose wording and tokens: lm-evaluation-harness's, or the C-Eval repository's. */
export const cevalVariants = ['lm-eval', 'published'] as const;
export const cevalScorings = ['loglikelihood', 'generation'] as const;

/** C-Eval: the parameters of a run, and its result as the backend returns it. */
export const cevalParametersSchema = z.strictObject({
  variant: z.enum(cevalVariants).optional(),
  /** All available subjects where absent. */
  subjects: z.array(z.string()).min(1).optional(),
  split: z.enum(['val', 'test']).optional(),
  /** Examples from dev before each question. */
  shots: z.number().int().min(0).max(100).optional(),
  chat_template: z.boolean().optional(),
  scoring: z.enum(cevalScorings).optional(),
  /** Of a generated answer. */
  max_new_tokens: z.number().int().positive().max(4096).optional(),
  ...thinkingShape,
  /** Questions per batch; as many as fit where absent. */
  batch_size: z.number().int().positive().max(4096).optional(),
  /** Of generated answers, as for a needle run. */
  prefill_chunk: z.number().int().min(16).optional(),
  kv_cache: kvCacheSchema.optional(),
  /** Questions per subject, from the first. */
  limit: z.number().int().positive().optional(),
});

/** `accuracy`: over questions; `subject_mean`: the mean of the subjects, which C-Eval publishes. `of`: subjects that exist. */
const averageSchema = z.object({
  questions: z.number(),
  subjects: z.number(),
  of: z.number(),
  accuracy: z.number(),
  stderr: z.number().nullable(),
  subject_mean: z.number(),
  subject_mean_stderr: z.number().nullable(),
});

/** In the order of a table; `hard` overlaps `stem`. */
export const cevalGroups = ['overall', 'stem', 'social_science', 'humanities', 'other', 'hard'] as const;

export const cevalResultSchema = z.object({
  evaluation_type: z.literal('multiple_choice'),
  /** Results from before variants had names are `headroom-0`. */
  variant: z.string().default('headroom-0'),
  scoring: z.string().default('loglikelihood'),
  shots: z.number().default(0),
  split: z.string().default('val'),
  chat_template: z.boolean().default(false),
  kv_cache: kvCacheSchema.default('gpu'),
  total_tests: z.number(),
  accuracy: z.number(),
  averages: z.partialRecord(z.enum(cevalGroups), averageSchema).default({}),
  subject_statistics: z.record(
    z.string(),
    z.object({ count: z.number(), accuracy: z.number(), stderr: z.number().nullish() }),
  ),
  /** Generated answers that name no letter, and those that reached their limit. */
  unanswered: z.number().default(0),
  truncated: z.number().default(0),
  batch_size: z.number(),
});

export type CevalParameters = z.infer<typeof cevalParametersSchema>;
export type CevalResult = z.infer<typeof cevalResultSchema>;
