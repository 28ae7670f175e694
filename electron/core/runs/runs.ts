import type { Run, TimelineEvent } from '#contract';
import { createStream } from '../base/index.ts';

const KEPT = 200;
const GONE = 'The backend ended while this run was on: run it again.';

export interface RunsOptions {
  onEvent(event: TimelineEvent): void;
  onOutOfMemory(run: Run): void;
  /** After any change. */
  onChange(): void;
}

const isOpen = (run: Run) => run.status === 'queued' || run.status === 'processing';

/** The runs that the backend has told of, and what they mean for the chart and the incidents. */
export function createRuns({ onEvent, onOutOfMemory, onChange }: RunsOptions) {
  const runs = new Map<string, Run>();
  const stream = createStream<'runs'>(() => [...runs.values()]);

  const mark = (run: Run, before: Run | undefined) => {
    if (before?.status === run.status || before === undefined) return;
    const text = run.dataset.split('/').at(-1) ?? run.dataset;
    const at = (kind: TimelineEvent['kind']) => onEvent({ time: Date.now(), kind, text, ref: run.req_id });
    if (run.status === 'processing') at('run_started');
    else if (run.error_code === 'out_of_memory') {
      at('out_of_memory');
      onOutOfMemory(run);
    } else if (run.status !== 'queued') at('run_ended');
  };
  const take = (run: Run) => {
    const before = runs.get(run.req_id);
    mark(run, before);
    // The state of now comes without results: one that is known already is kept.
    const whole = run.result === null && before?.result ? { ...run, result: before.result } : run;
    runs.set(run.req_id, whole);
    if (runs.size > KEPT) runs.delete(runs.keys().next().value ?? '');
    stream.push(whole);
    onChange();
  };
  return {
    stream,
    /** The run that is on. */
    current: () => [...runs.values()].find((run) => run.status === 'processing') ?? null,
    anyOpen: () => [...runs.values()].some(isOpen),
    take,
    /** The backend is gone: what was on can never end by itself. The next backend's word replaces this one. */
    backendGone(error = GONE) {
      for (const run of [...runs.values()].filter(isOpen))
        take({
          ...run,
          status: 'failed',
          error,
          error_code: 'backend_ended',
          estimated_remaining_seconds: null,
        });
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
