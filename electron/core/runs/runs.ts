import { type Run, type Sentence, type TimelineEvent, verbatim } from '#contract';
import { createListeners, createStream } from '../base/index.ts';
import { say } from './sentences.ts';

/** Ended runs; open ones are all kept, since the run in progress must be known whatever is queued after it. */
const KEPT = 200;

const isOpen = (run: Run) => run.status === 'queued' || run.status === 'processing';

/** How a run ended, for the timeline: its status is not known there. */
function endOf({ dataset, model, status, error_code, error_sentence, error }: Run): Sentence {
  const run = { dataset: dataset.split('/').at(-1) ?? dataset, model: model.split(/[\\/]/).at(-1) ?? model };
  if (status === 'completed') return say('endedCompleted', run);
  if (status === 'cancelled') return say('endedCancelled', run);
  if (error_code === 'out_of_memory') return say('endedOutOfMemory', run);
  return say('endedFailed', { ...run, reason: error_sentence ?? verbatim(error ?? '') });
}

const ended = (run: Run, status: Run['status'], code: string, reason: Sentence): Run => ({
  ...run,
  status,
  error: reason.text,
  error_code: code,
  error_sentence: reason,
  estimated_remaining_seconds: null,
});

/** The runs that the backend has reported, and what each change means for the timeline. */
export function createRuns({ onEvent }: { onEvent(event: TimelineEvent): void }) {
  const runs = new Map<string, Run>();
  const done = new Set<string>();
  const stream = createStream<'runs'>(() => [...runs.values()]);
  const changes = createListeners<Run>();
  const outOfMemory = createListeners<Run>();

  const mark = (run: Run, before: Run | undefined) => {
    if (before?.status === run.status || before === undefined) return;
    const text = run.dataset.split('/').at(-1) ?? run.dataset;
    const at = (kind: TimelineEvent['kind'], sentence?: Sentence) =>
      onEvent({ time: Date.now(), kind, text, ref: run.req_id, ...(sentence && { sentence }) });
    if (run.status === 'processing') at('run_started');
    else if (run.error_code === 'out_of_memory') {
      at('out_of_memory', endOf(run));
      outOfMemory.notify(run);
    } else if (run.status !== 'queued') at('run_ended', endOf(run));
  };
  const take = (run: Run) => {
    const before = runs.get(run.req_id);
    mark(run, before);
    // A later report may come without its result: one that is known is kept.
    const whole = run.result === null && before?.result ? { ...run, result: before.result } : run;
    runs.set(run.req_id, whole);
    if (isOpen(whole)) done.delete(run.req_id);
    else done.add(run.req_id);
    const [oldest = ''] = done;
    if (done.size > KEPT && done.delete(oldest)) runs.delete(oldest);
    stream.push(whole);
    changes.notify(whole);
  };
  return {
    stream,
    /** After each change of a run. */
    onChange: changes.add,
    /** A run has failed with an out-of-memory error. */
    onOutOfMemory: outOfMemory.add,
    /** One that the backend has reported, or null. */
    get: (reqId: string) => runs.get(reqId) ?? null,
    /** The run in progress, or null. */
    current: () => [...runs.values()].find((run) => run.status === 'processing') ?? null,
    anyOpen: () => [...runs.values()].some(isOpen),
    take,
    /** Deleted ones: clients that connect later do not receive them. */
    forget(reqIds: readonly string[]) {
      for (const reqId of reqIds) if (done.delete(reqId)) runs.delete(reqId);
    },
    /** The backend has exited: open runs cannot finish. What the next backend reports replaces this. */
    backendGone(reason: Sentence = say('backendExited')) {
      for (const run of [...runs.values()].filter(isOpen)) take(ended(run, 'failed', 'backend_ended', reason));
    },
    /** Another backend starts, which does not know them. */
    keptForOwn() {
      for (const run of [...runs.values()].filter(isOpen))
        take(ended(run, 'failed', 'backend_ended', say('keptForOwn')));
    },
    /** A person has stopped the backend: queued runs wait for its next start. */
    backendStopped() {
      const open = [...runs.values()].filter(({ status }) => status === 'processing');
      for (const run of open) take(ended(run, 'cancelled', 'stopped', say('stoppedByYou')));
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
