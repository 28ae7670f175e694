import { type BackendMemory, type BackendState, type Health, sentenceOrText } from '#contract';
import type { MachineState } from '../backend/index.ts';

export const stoppedBackend: BackendState = {
  phase: 'stopped',
  since: Date.now(),
  pid: null,
  url: null,
  failures: 0,
  retryAt: null,
  reason: null,
  terminal: 'pty',
  version: null,
  torch: null,
  cuda: null,
  worker: null,
  workerStep: null,
  workerSince: null,
  workerError: null,
  silent: false,
  limits: [],
  limitNote: null,
  allocator: null,
  allocatorNote: null,
  storage: null,
  queue: null,
  cachedModels: [],
  cache: null,
  startedInMs: null,
  steps: [],
  typicalMs: {},
  lastLine: null,
};

/** What the supervisor knows. What only a ready backend reports is dropped once it is not ready. */
export function fromMachine(
  before: BackendState,
  machine: MachineState,
  live: { pid: number | null; terminal: 'pty' | 'pipe' },
): BackendState {
  const alive = machine.phase === 'ready' ? before : stoppedBackend;
  return {
    ...alive,
    phase: machine.phase,
    since: machine.since,
    failures: machine.failures.length,
    retryAt: machine.retryAt,
    reason: machine.reason,
    startedInMs: machine.startedInMs,
    // Reported by the start itself, which may begin before the machine changes its state.
    steps: before.steps,
    typicalMs: before.typicalMs,
    lastLine: before.lastLine,
    // Queued runs stay for the next start.
    queue: before.queue,
    ...live,
  };
}

export const fromHealth = (before: BackendState, health: Health): BackendState => ({
  ...before,
  version: health.version,
  torch: health.torch,
  cuda: health.cuda,
  ...fromWorker(health.worker),
  limits: health.limits,
  limitNote:
    sentenceOrText(health.limit_note_sentence, health.limit_note) ??
    sentenceOrText(health.worker.error_sentence, health.worker.error),
  allocator: health.allocator,
  allocatorNote: sentenceOrText(health.allocator_note_sentence, null),
  storage: health.storage,
  queue: health.queue,
});

/** What a profile's backend reports too, where it is a server of Headroom's. */
export const fromWorker = (worker: Health['worker']) => ({
  worker: worker.state,
  workerStep: worker.step,
  workerSince: worker.since === null ? null : worker.since * 1_000,
  workerError: sentenceOrText(worker.error_sentence, worker.error),
});

/** The same backend without what only a running one reports. */
export const withoutHealth = (before: BackendState): BackendState => ({
  ...before,
  version: null,
  torch: null,
  cuda: null,
  worker: null,
  workerStep: null,
  workerSince: null,
  workerError: null,
  limits: [],
  limitNote: null,
  allocator: null,
  allocatorNote: null,
  storage: null,
  queue: null,
  url: null,
  cachedModels: [],
  cache: null,
});

/** Memory is reported several times a second: returns the same object where nothing that is shown has changed. */
export function fromMemory(before: BackendState, { cached_models, cache }: BackendMemory): BackendState {
  const now = { cachedModels: cached_models, cache };
  const known = { cachedModels: before.cachedModels, cache: before.cache };
  return JSON.stringify(now) === JSON.stringify(known) ? before : { ...before, ...now };
}

export const isWorking = (state: Health['worker']['state']) =>
  state === 'idle' || state === 'loading' || state === 'running';

export const hasFailed = (phase: BackendState['phase']) => phase === 'backoff' || phase === 'failed';

export const isGone = (phase: BackendState['phase']) => phase === 'stopped' || hasFailed(phase);
