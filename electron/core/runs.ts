import type { Run, TimelineEvent } from '#contract';
import type { Incidents } from './incidents/index.ts';
import { createStream } from './streams.ts';

const KEPT = 200;

/** The runs that the backend has told of, and what they mean for the chart and the incidents. */
export function createRuns(options: { onEvent(event: TimelineEvent): void; incidents: Incidents }) {
  const runs = new Map<string, Run>();
  const stream = createStream<'runs'>(() => [...runs.values()]);

  const mark = (run: Run, before: Run | undefined) => {
    if (before?.status === run.status || before === undefined) return;
    const text = run.dataset.split('/').at(-1) ?? run.dataset;
    const at = (kind: TimelineEvent['kind']) => options.onEvent({ time: Date.now(), kind, text });
    if (run.status === 'processing') at('run_started');
    else if (run.error_code === 'out_of_memory') {
      at('out_of_memory');
      void options.incidents.record('out_of_memory', { run });
    } else if (run.status !== 'queued') at('run_ended');
  };
  return {
    stream,
    all: (): readonly Run[] => [...runs.values()],
    take(run: Run) {
      const before = runs.get(run.req_id);
      mark(run, before);
      // The state of now comes without results: one that is known already is kept.
      const whole = run.result === null && before?.result ? { ...run, result: before.result } : run;
      runs.set(run.req_id, whole);
      if (runs.size > KEPT) runs.delete(runs.keys().next().value ?? '');
      stream.push(whole);
    },
  };
}

export type Runs = ReturnType<typeof createRuns>;
