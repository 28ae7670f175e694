import { z } from 'zod';
import { sentenceSchema } from './sentence.ts';

/**
 * The answers of the backend's HTTP API, with its own names (snake_case) and in bytes. A `*_sentence` is the same text as a sentence;
 * an older backend sends none.
 */
const optionalSentence = sentenceSchema.nullable().default(null);

export const healthSettingSchema = z.object({
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]),
  source: z.enum(['environment', 'default']),
});

export const gpuLimitSchema = z.object({
  index: z.number().int(),
  uuid: z.string(),
  total: z.number(),
  budget: z.number(),
  cap: z.number(),
});

/** Whether what a run has finished is on disk. What is not, is in the server's RAM and lost when the server stops. */
export const storageSchema = z.object({
  /** `low`: little space is left; `unsaved`: the last attempt to write failed, and Headroom keeps retrying. */
  state: z.enum(['saved', 'low', 'unsaved']),
  /** Why it is low or unsaved, with the way out. */
  sentence: optionalSentence,
  /** Finished items of runs in progress. */
  unsaved_items: z.number().int(),
  /** Ends of runs, with their results. */
  unsaved_results: z.number().int(),
  /** What a run does before its next item while results are not saved. */
  when_unsaved: z.enum(['pause', 'continue']),
  /** The damaged results file that this server replaced at its start or since, and what was recovered from it. */
  recovered: optionalSentence,
});

/** What of the queue each report has: the order of a longer queue is in `GET /api/queue`. */
export const queueSchema = z.object({
  /** The person has paused it: no further run begins. Stored, so that it survives a restart. */
  paused: z.boolean(),
  /** Queued runs. */
  length: z.number().int(),
  /** Ids of the first 200 queued runs, in the order in which they begin. */
  order: z.array(z.string()),
});

export const healthSchema = z.object({
  /** Of the worker: the server itself answers at once. An older backend always says ready. */
  status: z.enum(['starting', 'ready', 'failed']),
  version: z.string(),
  pid: z.number().int(),
  python: z.string(),
  torch: z.string().nullable(),
  cuda: z.string().nullable(),
  started_at: z.number(),
  emulated: z.boolean(),
  /** The queue is held: no further run begins. */
  held: z.boolean().default(false),
  /** An older backend sends none. */
  queue: queueSchema.nullable().default(null),
  worker: z.object({
    state: z.enum(['starting', 'idle', 'loading', 'running', 'stopping', 'stopped', 'failed']),
    pid: z.number().int().nullable(),
    error: z.string().nullable(),
    error_sentence: optionalSentence,
    /** Forked from a parent that had imported everything. */
    warm: z.boolean().default(false),
    /** While it starts: python, the module that it imports, gpus, or examining (why the imports fail). */
    step: z.string().nullable().default(null),
    /** Unix seconds of its start. */
    since: z.number().nullable().default(null),
  }),
  /** Processes that trace models for plans. An older backend names none. */
  tracers: z.array(z.number().int()).optional(),
  settings: z.record(z.string(), healthSettingSchema),
  allocator: z.string().nullable(),
  /** Which of the allocator's settings do not hold, where one does not. An older backend sends none. */
  allocator_note_sentence: optionalSentence,
  /** Empty where no limit is applied; `limit_note` gives the reason. */
  limits: z.array(gpuLimitSchema),
  limit_note: z.string().nullable(),
  limit_note_sentence: optionalSentence,
  /** An older backend sends none. */
  storage: storageSchema.nullable().default(null),
});

export const memoryGpuSchema = z.object({
  index: z.number().int(),
  uuid: z.string(),
  name: z.string(),
  total: z.number(),
  /** What the limit gives of the total; null where no limit is set. */
  budget: z.number().nullable(),
  /** All GPU memory of the backend's processes, the CUDA context included. */
  used: z.number(),
  context: z.number(),
  allocated: z.number(),
  reserved: z.number(),
  weights: z.number(),
  kv_cache: z.number(),
  peak: z.number(),
});

/** A model that stays loaded between runs and is idle. `place`: cpu while it is parked there. */
export const cachedModelSchema = z.object({
  path: z.string(),
  dtype: z.string(),
  bytes: z.number(),
  place: z.enum(['gpu', 'cpu']),
  hits: z.number().int(),
});

/** Counted since the worker's start; `last`: the last eviction and its reason. */
export const cacheReportSchema = z.object({
  hits: z.number().int(),
  misses: z.number().int(),
  evictions: z.number().int(),
  last: z.string().nullable(),
  last_sentence: optionalSentence,
});

export const memorySchema = z.object({
  time: z.number(),
  gpus: z.array(memoryGpuSchema),
  cached_models: z.array(cachedModelSchema),
  cache: cacheReportSchema,
  host: z.object({ total: z.number(), available: z.number(), rss: z.number() }),
});

const runStatuses = ['queued', 'processing', 'completed', 'failed', 'cancelled'] as const;

/** One run of `GET /api/runs` and of the `run` event: the shape of /api/progress with further fields. */
export const runSchema = z.object({
  req_id: z.string(),
  dataset: z.string(),
  model: z.string(),
  status: z.enum(runStatuses),
  current_item: z.number().int(),
  total_items: z.number().int(),
  current_question: z.string(),
  current_question_sentence: optionalSentence,
  /** What is done before and after the items, and the share of it that is done. An older backend sends none. */
  stage: z
    .object({ name: z.enum(['planning', 'loading', 'saving']), share: z.number() })
    .nullable()
    .default(null),
  start_time: z.number().nullable(),
  last_update_time: z.number().nullable(),
  estimated_remaining_seconds: z.number().nullable(),
  progress_percentage: z.number(),
  /** Finished items that are not on disk. */
  unsaved_items: z.number().int().default(0),
  /** It waits before its next item, because results cannot be saved. */
  paused: z.boolean().default(false),
  /** Queued until so many bytes are free on the GPUs that it may use; null: it waits for no memory. */
  wait_for_bytes: z.number().int().nullable().default(null),
  /** What is free and who holds the rest, once the backend has looked. */
  wait_sentence: optionalSentence,
  error: z.string().nullable(),
  error_code: z.string().nullable(),
  error_sentence: optionalSentence,
  parameters: z.record(z.string(), z.unknown()),
  /** The run whose finished items this one took over. */
  resumes: z.string().nullable(),
  /** Of a run in progress, once it is planned: the peak of all GPUs in bytes, and in `GET /api/runs/{req_id}` its plan. */
  predicted_peak: z.number().nullish(),
  plan: z.record(z.string(), z.unknown()).nullish(),
  /** Only in `GET /api/runs/{req_id}` and in the event that ends the run. */
  result: z.record(z.string(), z.unknown()).nullable(),
});

export type Health = z.infer<typeof healthSchema>;
export type BackendMemory = z.infer<typeof memorySchema>;
export type MemoryGpu = z.infer<typeof memoryGpuSchema>;
export type Storage = z.infer<typeof storageSchema>;
export type Queue = z.infer<typeof queueSchema>;
export type Run = z.infer<typeof runSchema>;
