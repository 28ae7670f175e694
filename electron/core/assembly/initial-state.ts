import { alertSettingsSchema, defaultSettings, type PanelState, pollingSchema } from '#contract';
import { noWarmParents } from '../backend/index.ts';
import type { Place } from '../place/index.ts';
import type { ControlPlaneOptions } from '../session/index.ts';
import { stoppedBackend } from '../supervision/index.ts';

/** The state before any room exists. Each room publishes its own part as it is created. */
export const initialState = (options: ControlPlaneOptions, place: Place): Omit<PanelState, 'revision'> => ({
  app: {
    version: options.version,
    shell: options.shell,
    platform: options.platform,
    dataFolder: place.folder,
    logFile: place.paths.backendLog,
    canPickFolder: options.pickFolder !== undefined,
  },
  settings: { desired: defaultSettings, running: null, overrides: {}, pending: [], exposedHost: null },
  afterRun: null,
  closing: false,
  backend: stoppedBackend,
  telemetry: {
    source: place.smi.source,
    path: place.smi.path,
    state: 'starting',
    fault: null,
    devices: [],
    processes: [],
    processesFault: null,
    mig: [],
    xids: [],
    collection: { askedMs: null, reachedMs: null, lastAt: null, restarts: 0, costPercent: null },
  },
  clearing: null,
  warm: noWarmParents,
  adoption: { found: [], watching: null },
  models: { folders: [], found: [], scans: [], converting: null },
  notices: [],
  events: [],
  alerts: { list: [], settings: alertSettingsSchema.parse({}) },
  inbox: { visitedAt: null },
  views: [],
  recording: { on: null, ended: null },
  checks: { running: false, at: null, list: [] },
  profiles: { list: [], chosen: null },
  python: { next: place.python(), running: null, fixed: place.fixedPython, creating: null, failure: null },
  polling: pollingSchema.parse({}),
  firstRun: { done: false, skipped: [] },
});
