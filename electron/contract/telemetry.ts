import { z } from 'zod';
import { gpuProcessSchema } from './gpu-process.ts';

/** A figure, or null where there is none: never 0 for unknown. All memory in MiB (2^20 bytes). */
const figure = z.number().nullable();
/** Files of earlier versions have fewer of them. */
const kept = figure.default(null);

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

/** Every figure of a sample, by its name there; each is a number, or null with its reason beside it. */
export const gpuFigures = [
  'memoryTotalMiB',
  'memoryReservedMiB',
  'memoryUsedMiB',
  'memoryFreeMiB',
  /** Per cent of the time in which a kernel ran. */
  'utilizationGpu',
  /** Per cent of the time in which memory was read or written: not how full it is. */
  'utilizationMemory',
  /** Degrees Celsius. */
  'temperature',
  'powerDrawW',
  'powerLimitW',
  'clockSmMHz',
  'clockMemoryMHz',
  /** Per cent. */
  'fanSpeed',
  /** 0 (fastest) to 15. */
  'pstate',
  /** Bits: see throttleReasons. */
  'throttle',
  /** Uncorrected ECC errors since the driver was loaded. */
  'eccUncorrected',
] as const;
export type GpuFigure = (typeof gpuFigures)[number];

/** `not_listed`: this driver's nvidia-smi does not know the figure. */
export const noFigureReasons = [
  'not_supported',
  'not_listed',
  'deprecated',
  'lost',
  'needs_reset',
  'no_permission',
  'unknown_error',
] as const;
export type NoFigureReason = (typeof noFigureReasons)[number];

export const gpuSampleSchema = z.object({
  uuid: z.string(),
  index: z.number().int(),
  state: z.enum(gpuStates),
  ...(Object.fromEntries(gpuFigures.map((name) => [name, kept])) as Record<GpuFigure, typeof kept>),
  /** Why a figure is null; absent where none is. */
  reasons: z.partialRecord(z.enum(gpuFigures), z.enum(noFigureReasons)).optional(),
  ours: ownShareSchema.nullable(),
});

/** The machine's own memory, in MiB: an offload lives there. Null where the system does not tell. */
export const hostSampleSchema = z.object({
  ramTotalMiB: figure,
  /** Not available to a new program: total less what the kernel could give away. */
  ramUsedMiB: figure,
  swapTotalMiB: figure,
  swapUsedMiB: figure,
  /** Resident memory of the backend's processes, each by itself: what they share is counted for each. */
  backendRssMiB: figure,
});

/** One tick of the stream: every GPU at one moment. `time` is Unix milliseconds at arrival, made monotonic. */
export const tickSchema = z.object({
  time: z.number(),
  gpus: z.array(gpuSampleSchema),
  host: hostSampleSchema.nullable().default(null),
});

/** What does not change from tick to tick. */
export const gpuDeviceSchema = z.object({
  uuid: z.string(),
  index: z.number().int(),
  name: z.string(),
  memoryTotalMiB: figure,
  driverVersion: z.string().nullable(),
  pciBusId: z.string().nullable(),
  /** Null where this GPU has no such mode. */
  migEnabled: z.boolean().nullable(),
  /** Without it each start of nvidia-smi wakes the driver anew. */
  persistence: z.boolean().nullable(),
  computeMode: z.string().nullable(),
  /** Left to sleep, or to fall asleep: it is not asked, and no tick tells of it. */
  asleep: z.boolean().default(false),
});

/** One MIG instance, from `nvidia-smi -q -x`: with MIG on the figures of a sample are the whole card's. */
export const migInstanceSchema = z.object({
  gpuUuid: z.string(),
  /** MIG-...; null where this driver does not list it. */
  uuid: z.string().nullable(),
  gpuInstance: z.number().int(),
  computeInstance: z.number().int(),
  /** Such as `1g.10gb`; null where it is not told. */
  profile: z.string().nullable(),
  memoryTotalMiB: figure,
  memoryUsedMiB: figure,
});

/** An error that the driver wrote into the kernel's log. */
export const xidSchema = z.object({
  time: z.number(),
  pciBusId: z.string(),
  gpuUuid: z.string().nullable(),
  code: z.number().int(),
  text: z.string(),
});

/** How well the collection itself goes. Changes every few seconds, not with each tick. */
export const collectionSchema = z.object({
  /** Milliseconds between two ticks as asked for; null while nothing is asked. */
  askedMs: figure,
  /** As reached, over the last ticks. */
  reachedMs: figure,
  /** Unix milliseconds of the last tick. */
  lastAt: figure,
  /** How often the stream had to be started again since the panel began. */
  restarts: z.number().int(),
  /** Of one core, the stream's nvidia-smi alone, in per cent; null where the system does not tell. */
  costPercent: figure,
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

const faultSchema = z.object({
  kind: z.enum(telemetryFaults),
  /** What nvidia-smi said, word for word. */
  said: z.string(),
  exitCode: z.number().nullable(),
});

export const telemetrySchema = z.object({
  source: z.enum(['nvidia-smi', 'emulator', 'none']),
  /** The executable that is asked. */
  path: z.string().nullable(),
  /** `asleep`: a laptop's GPU sleeps, and asking would wake it. `off`: nobody needs figures now. */
  state: z.enum(['starting', 'ok', 'failed', 'asleep', 'off']),
  fault: faultSchema.nullable(),
  devices: z.array(gpuDeviceSchema),
  processes: z.array(gpuProcessSchema),
  /** Why nobody knows who is on the GPUs, though their figures come: then `processes` is empty. */
  processesFault: faultSchema.nullable().default(null),
  mig: z.array(migInstanceSchema),
  /** Newest last; the last few. */
  xids: z.array(xidSchema),
  collection: collectionSchema,
});

export type OwnShare = z.infer<typeof ownShareSchema>;
export type GpuSample = z.infer<typeof gpuSampleSchema>;
export type Tick = z.infer<typeof tickSchema>;
export type HostSample = z.infer<typeof hostSampleSchema>;
export type MigInstance = z.infer<typeof migInstanceSchema>;
export type Xid = z.infer<typeof xidSchema>;
export type Collection = z.infer<typeof collectionSchema>;
export type GpuDevice = z.infer<typeof gpuDeviceSchema>;
export type Telemetry = z.infer<typeof telemetrySchema>;
export type TelemetryFault = (typeof telemetryFaults)[number];
