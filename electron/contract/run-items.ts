import { z } from 'zod';

/** What any benchmark stores of one answer. Older backends store less. */
const answerShape = {
  score: z.number(),
  /** Without its thinking. */
  thinking: z.string().optional(),
  finish_reason: z.string().optional(),
  tokens_out: z.number().optional(),
  /** Its share of its batch. */
  seconds: z.number().optional(),
  /** The whole prompt; null or absent where it is too long to be stored. */
  prompt: z.string().nullish(),
};

export const needleItemSchema = z.object({
  ...answerShape,
  context_length: z.number(),
  depth_percent: z.number(),
  task_type: z.string(),
  response: z.string(),
  expected_needle: z.string(),
  expected_keys: z.array(z.string()).optional(),
  /** Counts from 0. */
  repeat: z.number().optional(),
  prompt_tokens: z.number().optional(),
  /** What is around each needle. */
  passages: z.array(z.object({ before: z.string(), needle: z.string(), after: z.string() })).optional(),
  /** The first and last 200 characters. */
  prompt_start: z.string().optional(),
  prompt_end: z.string().optional(),
});

export const cevalItemSchema = z.object({
  ...answerShape,
  key: z.string().optional(),
  subject: z.string(),
  /** The right letter. */
  answer: z.string(),
  /** The letter; empty where the text names none. */
  response: z.string(),
  output: z.string().optional(),
  logprobs: z.record(z.string(), z.number()).optional(),
  tokens_in: z.number().optional(),
});

/** What a result was computed with. Older backends say less. */
export const provenanceSchema = z.object({
  model_hash: z.string().optional(),
  dtype: z.string().optional(),
  quantization: z.string().nullish(),
  kv_cache: z.string().optional(),
  kv_cache_format: z.string().nullish(),
  prefill_chunk_size: z.number().nullish(),
  seed: z.number().nullish(),
  versions: z.record(z.string(), z.string().nullable()).default({}),
  settings: z.record(z.string(), z.unknown()).default({}),
  resumed_items: z.number().default(0),
});

/** What a result was predicted to need, in bytes; a GPU's `total` is what nvidia-smi shows for us at the peak. */
export const predictionSchema = z.object({
  predicted_peak: z.number().optional(),
  offload: z.number().optional(),
  plan: z.object({ gpus: z.array(z.object({ index: z.number(), total: z.number() })) }).optional(),
});

export type NeedleItem = z.infer<typeof needleItemSchema>;
export type CevalItem = z.infer<typeof cevalItemSchema>;
export type Provenance = z.infer<typeof provenanceSchema>;
