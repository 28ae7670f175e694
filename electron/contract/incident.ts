import { z } from 'zod';
import { memoryGpuSchema } from './backend-api.ts';
import { gpuPlanSchema, planSchema, wayOutSchema } from './plan.ts';
import { settingSchemas } from './settings.ts';

/** Who held memory, as `nvidia-smi` told it; or the sentence why that could not be asked. */
const holdersSchema = z.union([
  z.array(
    z.object({
      pid: z.number().int(),
      used_mib: z.number().nullable(),
      name: z.string(),
      /** The backend's own; absent in what an older one stored. */
      ours: z.boolean().optional(),
    }),
  ),
  z.string(),
]);

/**
 * Why a run failed, or what it left behind: `GET /api/incidents/{req_id}`, in bytes. Loose on purpose: the evidence is copied as a whole, with
 * what this panel has no picture for.
 */
export const incidentSchema = z.object({
  req_id: z.string(),
  /** Unix seconds. */
  time: z.number(),
  /** The run's error code, such as out_of_memory, limit_breach, does_not_fit, worker_died; or unreleased, of a run that did not fail. */
  kind: z.string(),
  sentence: z.string(),
  ways_out: z.array(wayOutSchema),
  details: z.looseObject({
    item: z.object({ current: z.number().int(), total: z.number().int(), question: z.string() }),
    /** The last minute, oldest first. */
    memory: z.array(z.looseObject({ time: z.number(), gpus: z.array(memoryGpuSchema) })),
    processes: holdersSchema,
    /** Memory as the worker saw it when it failed. Absent where it was refused, or died. */
    gpus: z.array(memoryGpuSchema).optional(),
    /** Bytes per GPU index that were not ours. */
    others: z.record(z.string(), z.number()).optional(),
    /** The allocator's own message in numbers: the bytes that it could not give. */
    parsed: z.looseObject({ tried: z.number().optional() }).optional(),
    plan: planSchema
      .loose()
      .extend({ gpus: z.array(gpuPlanSchema.loose()) })
      .nullish(),
  }),
});

/** One of the ways out, taken. A limit or a data type is a setting: it is changed and applied before the run goes on. */
export const changeSchema = z.discriminatedUnion('name', [
  z.strictObject({ name: z.enum(['batch', 'context', 'chunk']), to: z.number().int().positive() }),
  z.strictObject({ name: z.literal('limit'), to: settingSchemas.LBS_GPU_MEMORY_LIMIT }),
  z.strictObject({ name: z.literal('dtype'), to: settingSchemas.LBS_TORCH_DTYPE }),
]);

export const resumedSchema = z.object({
  /** Of the new run. */
  req_id: z.string(),
  /** Items that the run before finished: they are not asked again. */
  kept_items: z.number().int(),
});

export type Incident = z.infer<typeof incidentSchema>;
export type Change = z.infer<typeof changeSchema>;
export type Resumed = z.infer<typeof resumedSchema>;
