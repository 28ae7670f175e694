import { z } from 'zod';
import { memoryGpuSchema } from './backend-api.ts';
import { limitSchema } from './limit.ts';
import { gpuPlanSchema, planSchema, wayOutSchema } from './plan.ts';
import { sentenceSchema } from './sentence.ts';
import { settingSchemas } from './settings.ts';

/** The process list of `nvidia-smi`; or why it is unavailable. */
const processListSchema = z.union([
  z.array(
    z.object({
      pid: z.number().int(),
      used_mib: z.number().nullable(),
      name: z.string(),
      /** Of the backend itself; absent in an incident of an older one. */
      ours: z.boolean().optional(),
    }),
  ),
  z.string(),
]);

/**
 * Why a run failed, or what memory it left behind: `GET /api/incidents/{req_id}`, in bytes. Loose, because the evidence is copied whole, with
 * the parts that this panel does not draw.
 */
export const incidentSchema = z.object({
  req_id: z.string(),
  /** Unix seconds. */
  time: z.number(),
  /** The run's error code, such as out_of_memory, limit_breach, does_not_fit, worker_died; or unreleased, of a run that did not fail. */
  kind: z.string(),
  sentence: z.string(),
  error_sentence: sentenceSchema.nullable().default(null),
  ways_out: z.array(wayOutSchema),
  details: z.looseObject({
    item: z.object({ current: z.number().int(), total: z.number().int(), question: z.string() }),
    /** The last minute, oldest first. */
    memory: z.array(z.looseObject({ time: z.number(), gpus: z.array(memoryGpuSchema) })),
    processes: processListSchema,
    processes_sentence: sentenceSchema.nullable().default(null),
    /** The worker's memory at the failure. Absent where the run was refused, or the worker died. */
    gpus: z.array(memoryGpuSchema).optional(),
    /** Bytes of other processes per GPU index. */
    others: z.record(z.string(), z.number()).optional(),
    /** The numbers of the allocator's message: the bytes that it could not allocate. */
    parsed: z.looseObject({ tried: z.number().optional() }).optional(),
    plan: planSchema
      .loose()
      .extend({ gpus: z.array(gpuPlanSchema.loose()) })
      .nullish(),
  }),
});

/** One of the ways out, chosen. A limit or a data type is a setting: it is changed and applied before the run resumes. */
export const changeSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.enum(['batch', 'context', 'chunk']), to: z.number().int().positive() }),
  z.strictObject({ name: z.literal('kv_offload'), to: z.literal('offloaded') }),
  z.strictObject({ name: z.literal('kv_quantized'), to: z.literal('quantized') }),
  z.strictObject({ name: z.literal('limit'), to: limitSchema }),
  z.strictObject({ name: z.literal('dtype'), to: settingSchemas.LBS_TORCH_DTYPE }),
]);

export const resumedSchema = z.object({
  /** Of the new run. */
  req_id: z.string(),
  /** Items that the earlier run finished; they do not run again. */
  kept_items: z.number().int(),
});

export type Incident = z.infer<typeof incidentSchema>;
export type Change = z.infer<typeof changeSchema>;
export type Resumed = z.infer<typeof resumedSchema>;
