import { z } from 'zod';
import { kvCacheSchema } from './kv-cache.ts';
import { thinkingShape } from './thinking.ts';

/** NeedleInAHaystack: the parameters of a run, and its result as the backend returns it. */
export const needleTasks = ['single_needle_retrieval', 'multi_needle_retrieval'] as const;

/** Whose placement and lengths: NeedleBench v2's, or the first published needle test's. */
export const needleProfiles = ['needlebench-v2', 'original'] as const;

export const needleParametersSchema = z.strictObject({
  context_lengths: z.array(z.number().int().positive()).min(1).optional(),
  depths: z.array(z.number().min(0).max(100)).min(1).optional(),
  task_types: z.array(z.enum(needleTasks)).min(1).optional(),
  num_needles: z.number().int().positive().optional(),
  language: z.enum(['English', 'Chinese']).optional(),
  /** A text file or a folder of text files; the built-in one where absent. */
  haystack: z.string().optional(),
  max_new_tokens: z.number().int().positive().optional(),
  /** Prefill chunk in tokens; where absent the whole prompt at once, or the largest chunk that fits. */
  prefill_chunk: z.number().int().min(16).optional(),
  kv_cache: kvCacheSchema.optional(),
  seed: z.number().int().optional(),
  ...thinkingShape,
  profile: z.enum(needleProfiles).optional(),
  /** Of each cell, with fresh facts. */
  repeats: z.number().int().positive().max(100).optional(),
  /** What a hidden fact tells. */
  value_type: z.enum(['numbers', 'uuids']).optional(),
  /** Prompts per batch; as many as fit where absent. */
  batch_size: z.number().int().positive().max(4096).optional(),
});

/** Older backends give count and mean alone. */
const statistic = z.object({
  count: z.number(),
  avg_score: z.number(),
  /** Of the mean; null for a single score. */
  stderr: z.number().nullish(),
  /** 95 %, Wilson's. */
  interval: z.tuple([z.number(), z.number()]).optional(),
  /** Answers that used up their tokens. */
  truncated: z.number().optional(),
});

export const needleResultSchema = z.object({
  evaluation_type: z.literal('parameterized_comprehensive'),
  total_tests: z.number(),
  success_rate: z.number(),
  score: z.number(),
  /** What the score means; absent in results of older backends. */
  definition: z
    .looseObject({ name: z.string(), version: z.string(), profile: z.string(), placement: z.string() })
    .optional(),
  repeats: z.number().optional(),
  /** Absent in results of older backends, which kept it on the GPU. */
  kv_cache: kvCacheSchema.default('gpu'),
  truncated_tests: z.number().optional(),
  overall_statistics: z.looseObject({
    avg_score: z.number(),
    max_score: z.number(),
    min_score: z.number(),
    interval: z.tuple([z.number(), z.number()]).optional(),
  }),
  /** Both methods and all repeats at one length and depth. */
  cell_statistics: z
    .array(
      statistic.extend({
        context_length: z.number(),
        depth_percent: z.number(),
        actual_depth_percent: z.number(),
      }),
    )
    .optional(),
  task_type_statistics: z.record(z.string(), statistic),
  context_length_statistics: z.record(z.string(), statistic),
  depth_statistics: z.record(z.string(), statistic),
  tests: z.array(
    z.looseObject({
      context_length: z.number(),
      depth_percent: z.number(),
      num_needles: z.number(),
      language: z.string(),
      task_type: z.string(),
      score: z.number(),
      response: z.string(),
      expected_needle: z.string(),
    }),
  ),
  /** A repeated haystack, lengths that were left out and why, and the like. */
  notes: z.array(z.string()),
  /** Bytes per GPU index, measured during the run. */
  peak_memory: z.record(z.string(), z.number()),
});

export type NeedleParameters = z.infer<typeof needleParametersSchema>;
export type NeedleResult = z.infer<typeof needleResultSchema>;
