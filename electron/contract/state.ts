import { z } from 'zod';
import { adoptionSchema } from './adoption.ts';
import { alertsSchema } from './alerts.ts';
import { cachedModelSchema, cacheReportSchema, gpuLimitSchema, queueSchema, storageSchema } from './backend-api.ts';
import { checksSchema } from './checks.ts';
import { clearingSchema } from './clearing.ts';
import { firstRunSchema } from './first-run.ts';
import { lenientSettings } from './lenient-settings.ts';
import { pollingSchema } from './polling.ts';
import { profilesStateSchema } from './profile.ts';
import { pythonStateSchema } from './python.ts';
import { recordingStateSchema } from './recording.ts';
import { settingName, settingValue } from './settings.ts';
import { renamedField, storedSentenceSchema } from './stored-sentence.ts';
import { telemetrySchema } from './telemetry.ts';
import { timelineEventSchema } from './timeline.ts';
import { savedViewSchema } from './views.ts';

const backendPhases = ['stopped', 'starting', 'ready', 'stopping', 'backoff', 'failed'] as const;

const reasonFields = z.object({
  code: z.enum([
    'crash',
    'configuration',
    'not_allowed',
    'missing_python',
    'missing_program',
    'missing_package',
    'missing_library',
    'disk_full',
    'database',
    'host_memory',
    'port_busy',
    'start_timeout',
    'spawn',
    'stuck',
  ]),
  sentence: storedSentenceSchema,
  /** What to do; null where the sentence includes it. */
  advice: storedSentenceSchema.nullable(),
  exitCode: z.number().nullable(),
  signal: z.string().nullable(),
  lines: z.array(z.string()),
  /** The processes that could not be terminated, in `stuck`. */
  pids: z.array(z.number().int()).optional(),
});

/** Why the backend is not running; `lines` are the last of its output. */
export const reasonSchema = renamedField('message', 'sentence', reasonFields);

/** One step of a start, in Unix milliseconds; without an end it is in progress. */
const startStepSchema = z.object({
  /** `process` is the start of a profile's backend, which reports no steps of its own. */
  name: z.enum(['environment', 'process', 'interpreter', 'imports', 'database', 'port', 'ready', 'worker']),
  startedAt: z.number(),
  endedAt: z.number().nullable(),
});

const backendFields = z.object({
  phase: z.enum(backendPhases),
  /** Start of this phase, in Unix milliseconds. */
  since: z.number(),
  pid: z.number().nullable(),
  /** Without the token. */
  url: z.string().nullable(),
  failures: z.number(),
  /** Unix milliseconds of the next try, in `backoff`. */
  retryAt: z.number().nullable(),
  reason: reasonSchema.nullable(),
  /** A pseudo-terminal, or pipes where node-pty could not be built. */
  terminal: z.enum(['pty', 'pipe']),
  /** From /api/health, once ready. */
  version: z.string().nullable(),
  torch: z.string().nullable(),
  cuda: z.string().nullable(),
  worker: z.enum(['starting', 'idle', 'loading', 'running', 'stopping', 'stopped', 'failed']).nullable(),
  /** What a starting worker does: python, the module that it imports, gpus, or examining (why the imports fail). */
  workerStep: z.string().nullable().default(null),
  /** Start of the worker, in Unix milliseconds. */
  workerSince: z.number().nullable().default(null),
  /** Why the worker failed, or last exited while it started. */
  workerError: storedSentenceSchema.nullable().default(null),
  /** A profile's backend only: its health URL has stopped answering. */
  silent: z.boolean(),
  limits: z.array(gpuLimitSchema),
  /** Why no limit is applied. */
  limitNote: storedSentenceSchema.nullable(),
  allocator: z.string().nullable(),
  /** Which of the allocator's settings do not hold. */
  allocatorNote: storedSentenceSchema.nullable().default(null),
  /** Null until the backend has reported it. */
  storage: storageSchema.nullable().default(null),
  /** As last reported, also while no backend runs; null until then, and for a backend of another program. */
  queue: queueSchema.nullable().default(null),
  cachedModels: z.array(cachedModelSchema),
  /** Null until the backend has reported it. */
  cache: cacheReportSchema.nullable(),
  /** Milliseconds from the last start command to ready. */
  startedInMs: z.number().nullable(),
  /** Of the current start, or of the last one. */
  steps: z.array(startStepSchema),
  /** The typical duration of each step in milliseconds, where known. */
  typicalMs: z.record(z.string(), z.number()),
  /** The last line of output of this start, before it is ready. */
  lastLine: z.string().nullable(),
});

const backendSchema = renamedField('usualMs', 'typicalMs', backendFields);

/** The warm parents of servers and workers, kept for the next start. They never hold GPU memory. */
const warmFields = z.object({
  state: z.enum(['off', 'warming', 'warm', 'failed']),
  /** RAM of both together. */
  rssMiB: z.number().nullable(),
  seconds: z.number().nullable(),
  /** Why it failed, where that is known. */
  sentence: storedSentenceSchema.nullable(),
});

const warmSchema = renamedField('message', 'sentence', warmFields);

const settingsStateSchema = z.object({
  /** What the person chose; saved, and what the next start uses. */
  desired: lenientSettings.whole,
  /** What the running backend reports; null while none runs. */
  running: lenientSettings.partial.nullable(),
  /** Variables of the panel's own environment: they take precedence over `desired`. */
  overrides: lenientSettings.texts,
  /** Where desired and running differ. */
  pending: lenientSettings.names,
  /** LBS_HOST of the next start if it lets other machines in and the person has not allowed that; else null. */
  exposedHost: z.string().nullable().default(null),
});

/** What the person has decided to do when the run `reqId` finishes. */
const afterRunSchema = z.object({
  action: z.enum(['apply', 'restart', 'clear', 'stop', 'close']),
  reqId: z.string(),
  since: z.number(),
});

/** After an apply: what is not in effect, and whether an environment variable is the reason. */
export const appliedSchema = z.object({
  differing: z.array(
    z.object({
      name: settingName,
      asked: settingValue,
      inForce: settingValue,
      because: z.enum(['environment', 'unknown']),
    }),
  ),
});

const noticeFields = z.object({
  id: z.string(),
  level: z.enum(['info', 'warning', 'error']),
  time: z.number(),
  /** A stable identifier. */
  code: z.string(),
  sentence: storedSentenceSchema,
});

const noticeSchema = renamedField('message', 'sentence', noticeFields);

/** `gguf`: a file that is converted before it runs. */
export const modelSchema = z.object({
  name: z.string(),
  path: z.string(),
  toy: z.boolean(),
  gguf: z.boolean().default(false),
});

/** The search of one model folder; `found`: the number of models so far, `sentence`: its problem. */
const modelScanSchema = z.object({
  folder: z.string(),
  /** `silent`: its disk does not answer, but the search is still waiting. */
  state: z.enum(['scanning', 'done', 'silent', 'failed']),
  found: z.number().int(),
  sentence: storedSentenceSchema.nullable(),
});

/** One small immutable snapshot, written by electron/core/state only. It holds no streams. */
export const panelStateSchema = z.object({
  revision: z.number().int(),
  app: z.object({
    version: z.string(),
    shell: z.enum(['desktop', 'serve']),
    platform: z.string(),
    dataFolder: z.string(),
    /** The newest file of the backend's output. */
    logFile: z.string(),
    canPickFolder: z.boolean(),
  }),
  settings: settingsStateSchema,
  afterRun: afterRunSchema.nullable().default(null),
  /** The desktop window is asked to close while a run is in progress. */
  closing: z.boolean().default(false),
  backend: backendSchema,
  telemetry: telemetrySchema,
  clearing: clearingSchema.nullable(),
  warm: warmSchema,
  adoption: adoptionSchema,
  models: z.object({
    folders: z.array(z.string()),
    found: z.array(modelSchema),
    scans: z.array(modelScanSchema).default([]),
    /** The path of the GGUF file that is being converted. */
    converting: z.string().nullable().default(null),
  }),
  notices: z.array(noticeSchema),
  /** The newest ones; history.events returns earlier ones. */
  events: z.array(timelineEventSchema),
  alerts: alertsSchema,
  /** Unix milliseconds up to which the person has read the inbox; null before the first visit. */
  inbox: z.object({ visitedAt: z.number().nullable() }).default({ visitedAt: null }),
  views: z.array(savedViewSchema).default([]),
  recording: recordingStateSchema,
  checks: checksSchema,
  profiles: profilesStateSchema,
  python: pythonStateSchema.default({ next: '', running: null, fixed: false, creating: null, failure: null }),
  polling: pollingSchema.default({ busy: 500, visible: 2_000, hidden: 5_000 }),
  firstRun: firstRunSchema.default({ done: true, skipped: [] }),
});

export type BackendState = z.infer<typeof backendSchema>;
export type BackendPhase = (typeof backendPhases)[number];
export type AfterRun = z.infer<typeof afterRunSchema>;
export type AfterRunAction = AfterRun['action'];
export type Applied = z.infer<typeof appliedSchema>;
export type StartStep = z.infer<typeof startStepSchema>;
export type Warm = z.infer<typeof warmSchema>;
export type Reason = z.infer<typeof reasonSchema>;
export type SettingsState = z.infer<typeof settingsStateSchema>;
export type Notice = z.infer<typeof noticeSchema>;
export type ModelScan = z.infer<typeof modelScanSchema>;
export type Model = z.infer<typeof modelSchema>;
export type PanelState = z.infer<typeof panelStateSchema>;
