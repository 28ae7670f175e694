import { z } from 'zod';
import { gpuProcessSchema } from './gpu-process.ts';
import { renamedField, storedSentenceSchema } from './stored-sentence.ts';

/** A number, or null where it is unavailable: never 0 for unknown. All memory in MiB (2^20 bytes). */
const optionalNumber = z.number().nullable();
/** Recordings of earlier versions lack some fields. */
const kept = optionalNumber.default(null);

export const gpuStates = ['ok', 'lost', 'needs_reset', 'no_permission', 'unknown_error'] as const;

/** Headroom's own share of one GPU, as the backend's worker reports it. */
export const ownShareSchema = renamedField(
  'workingSetMiB',
  'activationsMiB',
  z.object({
    usedMiB: z.number(),
    contextMiB: z.number(),
    weightsMiB: z.number(),
    kvCacheMiB: z.number(),
    activationsMiB: z.number(),
    /** Reserved by the allocator and not allocated. */
    keptMiB: z.number(),
  }),
);

/** The numeric fields of a sample; each is a number, or null with its reason in `reasons`. */
export const gpuMetrics = [
  'memoryTotalMiB',
  'memoryReservedMiB',
  'memoryUsedMiB',
  'memoryFreeMiB',
  /** Percentage of time during which a kernel ran. */
  'utilizationGpu',
  /** Percentage of time during which memory was read or written: not how full it is. */
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
export type GpuMetric = (typeof gpuMetrics)[number];

/** `not_listed`: this driver's nvidia-smi does not know the field. `implausible`: the reported value is impossible. */
const unavailableReasons = [
  'not_supported',
  'not_listed',
  'implausible',
  'deprecated',
  'lost',
  'needs_reset',
  'no_permission',
  'unknown_error',
] as const;
export type UnavailableReason = (typeof unavailableReasons)[number];

const gpuSampleSchema = z.object({
  uuid: z.string(),
  index: z.number().int(),
  state: z.enum(gpuStates),
  ...(Object.fromEntries(gpuMetrics.map((name) => [name, kept])) as Record<GpuMetric, typeof kept>),
  /** Why a field is null; absent where none is. */
  reasons: z.partialRecord(z.enum(gpuMetrics), z.enum(unavailableReasons)).optional(),
  ours: ownShareSchema.nullable(),
  /** The limit in force at that time, in MiB; absent where there was none, or it was unknown. */
  limitMiB: z.number().optional(),
});

/** System RAM in MiB, where offloaded weights are; null where the system does not report it. */
const hostSampleSchema = z.object({
  ramTotalMiB: optionalNumber,
  /** Total minus MemAvailable. */
  ramUsedMiB: optionalNumber,
  swapTotalMiB: optionalNumber,
  swapUsedMiB: optionalNumber,
  /** Resident memory of the backend's processes; shared pages count once per process. */
  backendRssMiB: optionalNumber,
});

/** One sample of every GPU. `time` is Unix milliseconds at arrival, made monotonic. */
export const tickSchema = z.object({
  time: z.number(),
  gpus: z.array(gpuSampleSchema),
  host: hostSampleSchema.nullable().default(null),
});

/** What does not change from sample to sample. */
const gpuDeviceSchema = z.object({
  uuid: z.string(),
  index: z.number().int(),
  name: z.string(),
  memoryTotalMiB: optionalNumber,
  driverVersion: z.string().nullable(),
  pciBusId: z.string().nullable(),
  /** Null where this GPU does not support MIG. */
  migEnabled: z.boolean().nullable(),
  /** Persistence mode: without it each start of nvidia-smi initializes the driver again. */
  persistence: z.boolean().nullable(),
  computeMode: z.string().nullable(),
  /** It uses the system RAM: in a sample, total is the RAM and used is the sum of its processes. */
  unified: z.boolean().default(false),
  /** Left suspended, or to suspend: it is not queried, and no sample includes it. */
  asleep: z.boolean().default(false),
  /** What nvidia-smi says about a GPU that makes it fail as a whole; null: the stream reports this GPU. */
  fault: storedSentenceSchema.nullable().default(null),
});

/** One MIG instance, from `nvidia-smi -q -x`: with MIG on, a sample covers the whole card. */
const migInstanceSchema = z.object({
  gpuUuid: z.string(),
  /** MIG-...; null where this driver does not list it. */
  uuid: z.string().nullable(),
  gpuInstance: z.number().int(),
  computeInstance: z.number().int(),
  /** Such as `1g.10gb`; null where it is not reported. */
  profile: z.string().nullable(),
  memoryTotalMiB: optionalNumber,
  memoryUsedMiB: optionalNumber,
});

const xidFields = z.object({
  time: z.number(),
  pciBusId: z.string(),
  gpuUuid: z.string().nullable(),
  code: z.number().int(),
  sentence: storedSentenceSchema,
});

/** An error that the driver wrote to the kernel log. */
const xidSchema = renamedField('text', 'sentence', xidFields);

/** The state of telemetry itself. Changes every few seconds, not with each sample. */
const collectionSchema = z.object({
  /** The requested polling interval in milliseconds; null while polling is off. */
  askedMs: optionalNumber,
  /** The polling interval reached over the last samples. */
  reachedMs: optionalNumber,
  /** Unix milliseconds of the last sample. */
  lastAt: optionalNumber,
  /** Restarts of the stream since the panel started. */
  restarts: z.number().int(),
  /** CPU use of the stream's nvidia-smi in per cent of one core; null where the system does not report it. */
  costPercent: optionalNumber,
});

const telemetryFaults = [
  'missing',
  /** The machine has a GPU, but no nvidia-smi. */
  'no_utilities',
  'no_library',
  'no_driver',
  'version_mismatch',
  'no_devices',
  'gpu_lost',
  'needs_reset',
  'no_permission',
  'inforom',
  'bad_argument',
  /** The first answer is slow. */
  'slow',
  /** A signal killed it. */
  'killed',
  'silent',
  'unknown',
] as const;

const faultFields = z.object({
  kind: z.enum(telemetryFaults),
  /** The output of nvidia-smi verbatim, where there is some. */
  sentence: storedSentenceSchema,
  exitCode: z.number().nullable(),
});

const faultSchema = renamedField('said', 'sentence', faultFields);

export const telemetrySchema = z.object({
  source: z.enum(['nvidia-smi', 'emulator', 'none']),
  /** The executable in use. */
  path: z.string().nullable(),
  /** `asleep`: a laptop's GPU is suspended, and a query would wake it. `off`: no page and no backend needs samples now. */
  state: z.enum(['starting', 'ok', 'failed', 'asleep', 'off']),
  fault: faultSchema.nullable(),
  devices: z.array(gpuDeviceSchema),
  processes: z.array(gpuProcessSchema),
  /** Why the process list is unavailable while samples arrive; `processes` is empty then. */
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
