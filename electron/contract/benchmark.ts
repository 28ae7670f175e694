import { z } from 'zod';
import { cevalParametersSchema } from './ceval.ts';
import { needleParametersSchema } from './needle.ts';

/** The benchmarks that the panel has a form for, by the backend's names of their data sets. */
export const benchmarks = { needle: 'NeedleInAHaystack', ceval: 'C-Eval' } as const;

/** Strict members: what one does not know is another's, and nothing is dropped on the way. */
export const runParametersSchema = z.union([needleParametersSchema, cevalParametersSchema]);

/** By data set: its own name, which stands for all of it, and its members. */
export const datasetsSchema = z.record(z.string(), z.array(z.string()));

/** What every benchmark's result tells, whatever else is in it. Memory in bytes. */
export const resultSchema = z.object({
  score: z.number(),
  /** What the person should know: what was left out, halved or continued, and why. */
  notes: z.array(z.string()),
  /** Per GPU index, measured while the run was on. */
  peak_memory: z.record(z.string(), z.number()),
  predicted_peak: z.number().optional(),
  /** Weights that lay on the CPU although there were GPUs. */
  offload: z.number().optional(),
  offload_share: z.number().optional(),
  /** Measured; null where it could not be. */
  offload_slowdown: z.number().nullish(),
});

export type RunParameters = z.infer<typeof runParametersSchema>;
