import { z } from 'zod';
import { cevalParametersSchema } from './ceval.ts';
import { needleParametersSchema } from './needle.ts';
import { sentenceSchema } from './sentence.ts';

/** The benchmarks that the panel has a form for, with the backend's names of their datasets. */
export const benchmarks = { needle: 'NeedleInAHaystack', ceval: 'C-Eval' } as const;

/** Strict members: unknown parameters select another member, and none is dropped. */
export const runParametersSchema = z.union([needleParametersSchema, cevalParametersSchema]);

/** By dataset: its own name, which means all of it, and its members. */
export const datasetsSchema = z.record(z.string(), z.array(z.string()));

/**
 * How fast a run was: of the prompts that it answered itself, without attempts that ran out of memory. Null where nothing of
 * that kind was computed. The first token of an answer belongs to the prefill, the others to decoding.
 */
export const performanceSchema = z.object({
  prompts: z.number(),
  /** Without padding. */
  prompt_tokens: z.number(),
  /** With the one that ends an answer. */
  generated_tokens: z.number(),
  prefill_seconds: z.number(),
  decode_seconds: z.number(),
  /** Of a whole batch. */
  prefill_tokens_per_second: z.number().nullable(),
  decode_tokens_per_second: z.number().nullable(),
  /** Seconds: the mean over prompts, and the longest; each waits for its batch. */
  time_to_first_token: z.number().nullable(),
  time_to_first_token_max: z.number().nullable(),
});

/** The common part of every benchmark's result. Memory in bytes. */
export const resultSchema = z.object({
  score: z.number(),
  /** What was left out, reduced or resumed, and why. */
  notes: z.array(z.string()),
  /** The same for the panel; absent in results of older backends. */
  note_sentences: z.array(sentenceSchema).optional(),
  /** Per GPU index, measured during the run. */
  peak_memory: z.record(z.string(), z.number()),
  /** Live bytes at the peak of a run on the CPU; absent with GPUs, and in results of older backends. */
  cpu_peak: z.number().optional(),
  predicted_peak: z.number().optional(),
  /** Bytes of weights that were offloaded to the CPU. */
  offload: z.number().optional(),
  offload_share: z.number().optional(),
  /** Measured; null where it could not be. */
  offload_slowdown: z.number().nullish(),
  /** Absent where an earlier run finished all items, and in results of older backends. */
  performance: performanceSchema.optional(),
});

export type Performance = z.infer<typeof performanceSchema>;
export type RunParameters = z.infer<typeof runParametersSchema>;
