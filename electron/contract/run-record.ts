import { z } from 'zod';
import { sentenceSchema } from './sentence.ts';

/** Runs as a table reads them: filtered, sorted and paged by the backend. Times are Unix seconds, memory in bytes. */
export const runStates = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;

export const longestNote = 4_000;
export const longestTag = 40;
export const mostTags = 20;
export const largestPage = 500;

export const runRecordSchema = z.object({
  req_id: z.string(),
  dataset: z.string(),
  model: z.string(),
  state: z.enum(runStates),
  error_code: z.string().nullable(),
  error_sentence: sentenceSchema.nullable(),
  created_at: z.number(),
  start_time: z.number().nullable(),
  end_time: z.number().nullable(),
  /** Of a run in progress. */
  progress: z.object({ done: z.number().int(), total: z.number().int() }).nullable(),
  /** `name`: the field of the result; `error`: one standard error of it, null where the result has none. */
  score: z.object({ value: z.number(), error: z.number().nullable(), name: z.string() }).nullable(),
  /** Of decoding, over all sequences of a batch; null where nothing was generated or measured. */
  tokens_per_second: z.number().nullable(),
  /** Of all GPUs together; of system RAM where the run used none. */
  predicted_peak: z.number().nullable(),
  measured_peak: z.number().nullable(),
  /** LBS_GPU_MEMORY_LIMIT as it was set; null where it is unknown. */
  limit: z.string().nullable(),
  dtype: z.string().nullable(),
  /** Weights were on the CPU. */
  offloaded: z.boolean(),
  tags: z.array(z.string()),
  note: z.string(),
  /** The run whose finished items this one took over. */
  resumes: z.string().nullable(),
  /** What would fit, of a run that did not. */
  ways_out: sentenceSchema.nullable(),
  /** Null where it is not deleted. */
  deleted_at: z.number().nullable(),
});

export const runSortKeys = [
  'created_at',
  'start_time',
  'end_time',
  'duration',
  'model',
  'dataset',
  'state',
  'score',
  'tokens_per_second',
  'predicted_peak',
  'measured_peak',
  'limit',
  'dtype',
  'offloaded',
  'note',
  'tags',
] as const;

const texts = z.array(z.string()).max(1_000).optional();

/** A run matches where it has one of each list; lists that are empty or absent match every run. */
const filterShape = {
  /** Each word is in the model, dataset, note, tags or id, in any case. */
  search: z.string().max(500).optional(),
  models: texts,
  datasets: texts,
  states: z.array(z.enum(runStates)).optional(),
  tags: texts,
  dtypes: texts,
  limits: texts,
  /** By `created_at`, both inclusive. */
  since: z.number().optional(),
  until: z.number().optional(),
  /** Deleted runs, until they are purged, instead of the others. */
  deleted: z.boolean().optional(),
};

export const runFilterSchema = z.strictObject(filterShape);

export const runsRequestSchema = z.strictObject({
  ...filterShape,
  /** The newest first where absent. Runs without a value come last either way; equal ones are ordered newest first. */
  sort: z.strictObject({ by: z.enum(runSortKeys), descending: z.boolean() }).optional(),
  offset: z.number().int().nonnegative(),
  limit: z.number().int().positive().max(largestPage),
});

/** `total`: runs without any filter, `matching`: those of the filter, on all pages. */
export const runsPageSchema = z.object({
  total: z.number().int(),
  matching: z.number().int(),
  rows: z.array(runRecordSchema),
});

const facetSchema = z.array(z.object({ value: z.string(), count: z.number().int() }));

/** The values that a filter can have, the most frequent first. */
export const runFacetsSchema = z.object({
  models: facetSchema,
  datasets: facetSchema,
  tags: facetSchema,
  dtypes: facetSchema,
  limits: facetSchema,
  states: facetSchema,
});

export const itemsRequestSchema = z.strictObject({
  req_id: z.string().min(1),
  offset: z.number().int().nonnegative(),
  limit: z.number().int().positive().max(largestPage),
  /** Only items whose score is below 1. */
  failed: z.boolean().optional(),
});

/** In the order in which they finished, as the benchmark stored them; `total`: on all pages. A large page may end early. */
export const itemsPageSchema = z.object({
  total: z.number().int(),
  items: z.array(z.object({ key: z.string(), item: z.record(z.string(), z.unknown()) })),
});

/** What is absent stays. Tags are stored without surrounding space and without repeats. */
export const annotateSchema = z.strictObject({
  req_id: z.string().min(1),
  note: z.string().max(longestNote).optional(),
  tags: z.array(z.string().trim().min(1).max(longestTag)).max(mostTags).optional(),
});

export const runIdsSchema = z.strictObject({ req_ids: z.array(z.string().min(1)).min(1).max(1_000) });

export type RunState = (typeof runStates)[number];
export type RunRecord = z.infer<typeof runRecordSchema>;
export type RunSortKey = (typeof runSortKeys)[number];
export type RunFilter = z.infer<typeof runFilterSchema>;
export type RunsRequest = z.infer<typeof runsRequestSchema>;
export type RunsPage = z.infer<typeof runsPageSchema>;
export type RunFacets = z.infer<typeof runFacetsSchema>;
export type ItemsPage = z.infer<typeof itemsPageSchema>;
export type Annotation = z.infer<typeof annotateSchema>;
