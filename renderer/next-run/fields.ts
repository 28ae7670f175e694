import { z } from 'zod';
import { kvCacheSchema, thinkingBudget } from '#contract';

/** A whole number, or empty where the run chooses. */
export const countField = (min: number, max: number) => z.union([z.literal(''), z.number().int().min(min).max(max)]);

/** The fields that every run which generates has. */
export const generatingFields = {
  /** Prompts per batch; empty: as many as fit. */
  batch: countField(1, 4096),
  /** Tokens of one prefill chunk; empty: the whole prompt, or the largest chunk that fits. */
  chunk: countField(16, 2 ** 31 - 1),
  kvCache: kvCacheSchema,
  /** The model thinks before it answers. */
  thinking: z.boolean(),
  /** Tokens of thinking. */
  budget: z.number().int().min(1).max(thinkingBudget.most),
  /** Parameters that have no field, such as a seed: the run keeps them. */
  more: z.record(z.string(), z.unknown()),
};

export const generatingDefaults = {
  batch: '',
  chunk: '',
  kvCache: 'gpu',
  thinking: false,
  budget: thinkingBudget.default,
  more: {},
} as const;

export type GeneratingFields = z.infer<z.ZodObject<typeof generatingFields>>;

/** As a run asks for it; nothing where it is the default. */
export const memoryParameters = ({ chunk, kvCache }: GeneratingFields) => ({
  ...(chunk === '' ? {} : { prefill_chunk: chunk }),
  ...(kvCache === 'gpu' ? {} : { kv_cache: kvCache }),
});

/** As the plan asks for it. */
export const memoryWork = ({ chunk, kvCache }: GeneratingFields) => ({
  ...(chunk === '' ? {} : { chunk }),
  ...(kvCache === 'gpu' ? {} : { kv_cache: kvCache }),
});

/** As a run asks for it; nothing where it is off, which is the default. */
export const thinkingParameters = ({ thinking, budget }: GeneratingFields) =>
  thinking ? { enable_thinking: true, thinking_budget: budget } : {};

/** Tokens that the plan counts beside those of the answer. */
export const thinkingTokens = ({ thinking, budget }: GeneratingFields) => (thinking ? budget : 0);

/** The parameters of an earlier run that these fields hold, and `rest` without them. */
export function generatingOf(parameters: Record<string, unknown>) {
  const { batch_size, prefill_chunk, kv_cache, enable_thinking, thinking_budget, ...rest } = parameters;
  const given = { batch: batch_size, chunk: prefill_chunk, kvCache: kv_cache, thinking: enable_thinking };
  return { given: { ...given, budget: thinking_budget }, rest };
}
