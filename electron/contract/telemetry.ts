import { z } from 'zod';

/** A figure, or null where there is none: never 0 for unknown. All memory in MiB (2^20 bytes). */
const figure = z.number().nullable();

export const gpuStates = ['ok', 'lost', 'needs_reset', 'no_permission', 'unknown_error'] as const;

/** Our own share of one GPU, as the backend's worker reports it. */
export const ownShareSchema = z.object({
  usedMiB: z.number(),
  contextMiB: z.number(),
  weightsMiB: z.number(),
  kvCacheMiB: z.number(),
  workingSetMiB: z.number(),
  /** Reserved by the allocator and not in use. */
  keptMiB: z.number(),
});

export const gpuSampleSchema = z.object({
  uuid: z.string(),
  index: z.number().int(),
  state: z.enum(gpuStates),
  memoryTotalMiB: figure,
  memoryReservedMiB: figure,
  memoryUsedMiB: figure,
  memoryFreeMiB: figure,
  utilizationGpu: figure,
  temperature: figure,
  powerDrawW: figure,
  powerLimitW: figure,
  ours: ownShareSchema.nullable(),
});

/** One tick of the stream: every GPU at one moment. `time` is Unix milliseconds at arrival, made monotonic. */
export const tickSchema = z.object({ time: z.number(), gpus: z.array(gpuSampleSchema) });

/** Never ended from here: only named. `unknown`: who it is cannot be told, as in another container. */
export const sparedReasons = ['screen', 'unknown', 'other_user', 'panel', 'backend', 'other_panel'] as const;

export const gpuProcessSchema = z.object({
  gpuUuid: z.string(),
  pid: z.number().int(),
  name: z.string(),
  user: z.string().nullable(),
  /** Unix milliseconds. */
  since: z.number().nullable(),
  usedMiB: figure,
  ours: z.boolean(),
  /** With the pid, what no later process shares: ticks since boot. Null where the system does not tell. */
  startTime: figure,
  /** Why it cannot be ended from here; null where the person may end it. */
  spared: z.enum(sparedReasons).nullable(),
});

/** What does not change from tick to tick. */
export const gpuDeviceSchema = z.object({
  uuid: z.string(),
  index: z.number().int(),
  name: z.string(),
  memoryTotalMiB: figure,
  driverVersion: z.string().nullable(),
});

export const telemetryFaults = [
  'missing',
  'no_library',
  'no_driver',
  'version_mismatch',
  'no_devices',
  'gpu_lost',
  'needs_reset',
  'no_permission',
  'inforom',
  'bad_argument',
  'silent',
  'unknown',
] as const;

export const telemetrySchema = z.object({
  source: z.enum(['nvidia-smi', 'emulator', 'none']),
  /** The executable that is asked. */
  path: z.string().nullable(),
  state: z.enum(['starting', 'ok', 'failed']),
  fault: z
    .object({
      kind: z.enum(telemetryFaults),
      /** What nvidia-smi said, word for word. */
      said: z.string(),
      exitCode: z.number().nullable(),
    })
    .nullable(),
  devices: z.array(gpuDeviceSchema),
  processes: z.array(gpuProcessSchema),
});

export type OwnShare = z.infer<typeof ownShareSchema>;
export type GpuSample = z.infer<typeof gpuSampleSchema>;
export type Tick = z.infer<typeof tickSchema>;
export type GpuProcess = z.infer<typeof gpuProcessSchema>;
export type SparedReason = (typeof sparedReasons)[number];
export type GpuDevice = z.infer<typeof gpuDeviceSchema>;
export type Telemetry = z.infer<typeof telemetrySchema>;
export type TelemetryFault = (typeof telemetryFaults)[number];
