import { z } from 'zod';
import { runFilterSchema, runIdsSchema, runRecordSchema } from './run-record.ts';
import { sentenceSchema } from './sentence.ts';

export const fewestCompared = 2;
export const mostCompared = 6;

/** The first run is the baseline. */
export const comparisonRequestSchema = z.strictObject({
  req_ids: z.array(z.string().min(1)).min(fewestCompared).max(mostCompared),
});

/** `group`: [length, depth in %] of a needle run, [subject] of C-Eval. */
const groupScoreSchema = z.object({ group: z.array(z.string()), score: z.number() });
const cell = z.union([z.string(), z.number(), z.boolean()]).nullable();

export const comparisonSchema = z.object({
  /** In the order of the request, those that have not completed too. */
  runs: z.array(runRecordSchema),
  /** Ids without a run: it was purged, or never there. The others are compared. */
  missing: z.array(z.string()).default([]),
  /** The mean score of each group, for each run. */
  groups: z.array(z.array(groupScoreSchema)),
  /** Each run after the first against it. */
  against: z.array(
    z.object({
      req_id: z.string(),
      /** Units are questions, or cells with the mean of their repeats; null where nothing can be paired. */
      pairs: z
        .object({
          better: z.number().int(),
          worse: z.number().int(),
          same: z.number().int(),
          /** Other minus baseline, the mean over units. */
          difference: z.number(),
          /** 95 %. */
          interval: z.tuple([z.number(), z.number()]).nullable(),
          test: z.enum(['mcnemar', 'permutation']),
          p: z.number().nullable(),
        })
        .nullable(),
      /** Holm's, over all runs of the comparison. */
      p_adjusted: z.number().nullable(),
      /** Why nothing is paired, or why there is no p. */
      reason: sentenceSchema.nullable(),
      /** Items that are not paired: only one of the two has them, or they ask for something else. */
      left_out: z.number().int(),
      differences: z.array(groupScoreSchema),
    }),
  ),
  /** What is known of each run by name, in the sections run, settings, parameters and versions; one value for each run. */
  lines: z.array(z.object({ section: z.string(), name: z.string(), values: z.array(cell), differs: z.boolean() })),
});

export const exportFormats = ['csv', 'json', 'markdown'] as const;

/** The runs of these ids, else those of the filter. */
export const runsExportSchema = z.strictObject({
  req_ids: runIdsSchema.shape.req_ids.optional(),
  filter: runFilterSchema.optional(),
  format: z.enum(exportFormats),
});

const facts = z.record(z.string(), z.unknown());
/** A run with what it was computed with. */
export const exportedRunSchema = runRecordSchema.extend({ parameters: facts, settings: facts, versions: facts });

export type Comparison = z.infer<typeof comparisonSchema>;
export type GroupScore = z.infer<typeof groupScoreSchema>;
export type ExportFormat = (typeof exportFormats)[number];
export type ExportedRun = z.infer<typeof exportedRunSchema>;
