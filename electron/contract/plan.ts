import { z } from 'zod';
import { kvCacheSchema } from './kv-cache.ts';
import { limitSchema } from './limit.ts';
import { sentenceSchema } from './sentence.ts';

/** `POST /api/plan`: predicted memory, in bytes, in the backend's own names. Its settings supply what is left out. */
export const planRequestSchema = z.strictObject({
  model: z.string().min(1),
  /** Tokens of the longest prompt. */
  context: z.number().int().positive(),
  batch: z.number().int().positive().optional(),
  new_tokens: z.number().int().positive().optional(),
  /** Generate (a needle) where absent; choose: one of four letters, by the last token alone. */
  kind: z.enum(['generate', 'score', 'choose']).optional(),
  /** Tokens of a prefill chunk. */
  chunk: z.number().int().positive().optional(),
  /** The sequences of a batch differ in length. */
  padded: z.boolean().optional(),
  kv_cache: kvCacheSchema.optional(),
  dtype: z.string().optional(),
  limit: limitSchema.optional(),
  /** Plans the largest batch up to this one that fits. */
  most_batch: z.number().int().positive().max(4096).optional(),
  /** The largest context and batch that fit, too. */
  fit: z.boolean().optional(),
});

export const gpuPlanSchema = z.object({
  index: z.number().int(),
  name: z.string(),
  card_total: z.number(),
  others: z.number(),
  /** What the driver reserves for itself. An older backend counts it with `others`. */
  driver: z.number().default(0),
  weights: z.number(),
  kv_cache: z.number(),
  /** Of the run. */
  activations: z.number(),
  /** What loading needs above the run's live peak. An older backend counts it with the activations. */
  loading: z.number().default(0),
  /** The CUDA context. */
  context: z.number(),
  live_peak: z.number(),
  reserved_peak: z.number(),
  /** What nvidia-smi would show at the peak, from `total_low` (live) to `total` (reserved). */
  total_low: z.number(),
  total: z.number(),
  budget: z.number(),
  allowed: z.number(),
  headroom: z.number(),
});

const fittingSchema = z.object({ value: z.number().int(), reserved_peak: z.number() }).nullable();

/** The smallest change of its kind that would fit. `from` is null where nothing was set, such as no chunked prefill. */
export const wayOutSchema = z.object({
  change: z.enum(['batch', 'context', 'chunk', 'kv_offload', 'kv_quantized', 'limit', 'dtype']),
  from: z.union([z.number(), z.string()]).nullable(),
  to: z.union([z.number(), z.string()]),
  total: z.number(),
  /** What it costs, where that is not plain. */
  price_sentence: sentenceSchema.nullable().default(null),
});

export const planSchema = z.object({
  /** Of the memory alone. */
  verdict: z.enum(['fits', 'tight', 'does_not_fit', 'cannot_tell']),
  /** Why a submission is refused all the same: the GPU does not compute the model, or packages are missing. */
  refusal_sentence: sentenceSchema.nullable().default(null),
  /** Tokens of the prefill chunk that the plan chose so that the run fits. An older backend chooses none. */
  chosen_chunk: z.number().int().nullable().default(null),
  method: z.string(),
  /** Why the prediction is rough, where it is. An older backend sends no sentence. */
  reason: z.string().nullable(),
  reason_sentence: sentenceSchema.nullable().default(null),
  /** How many measured runs corrected the prediction. */
  corrected_from: z.number().int(),
  weights: z.number(),
  kv_cache: z.number(),
  activations: z.number(),
  total_low: z.number(),
  total: z.number(),
  budget: z.number(),
  gpus: z.array(gpuPlanSchema),
  offload: z.object({ weights_on_cpu: z.number() }).nullable(),
  ways_out: z.array(wayOutSchema),
  /** Why ways out, or the largest context and batch, may be missing: the search took too long. */
  stopped_sentence: sentenceSchema.nullable().default(null),
  fit: z.object({ context: fittingSchema, batch: fittingSchema }).optional(),
});

export type PlanRequest = z.output<typeof planRequestSchema>;
export type Plan = z.infer<typeof planSchema>;
export type WayOut = z.infer<typeof wayOutSchema>;
export type GpuPlan = z.infer<typeof gpuPlanSchema>;
