import { z } from 'zod';

/** Tokens, as in python/lbs/benchmarks/parameters/chat.py. */
export const thinkingBudget = { default: 1024, most: 65536 } as const;

/** What a run may ask of a model's chat template. */
export const thinkingShape = {
  /** The model thinks first; off where absent. Thinking is not scored. */
  enable_thinking: z.boolean().optional(),
  /** Tokens of thinking, apart from those of the answer. */
  thinking_budget: z.number().int().positive().max(thinkingBudget.most).optional(),
  /** Other variables of the template. */
  chat_template_kwargs: z.record(z.string(), z.unknown()).optional(),
} as const;

const thinkingSchema = z.object(thinkingShape);
export type ThinkingParameters = z.infer<typeof thinkingSchema>;
