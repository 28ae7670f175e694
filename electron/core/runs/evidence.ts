import type { CommandHandlers, Run } from '#contract';
import type { BackendLog } from '../backend/index.ts';
import type { Guards } from '../guards/index.ts';
import type { History } from '../history/index.ts';
import type { Runs } from './runs.ts';

interface Sources {
  guards: Pick<Guards, 'client'>;
  runs: Pick<Runs, 'get'>;
  history: Pick<History, 'conditions'>;
  log: Pick<BackendLog, 'ofRun'>;
}

/** What a run leaves behind: its items, samples, the process list of its time, and its part of the backend's log. */
export function evidenceHandlers({
  guards,
  runs,
  history,
  log,
}: Sources): Pick<CommandHandlers, 'runs.item' | 'runs.conditions' | 'runs.log'> {
  return {
    'runs.item': ({ req_id, key }) => guards.client().item(req_id, key),
    'runs.conditions': async ({ req_id }) => {
      const span = spanOf(runs.get(req_id) ?? (await guards.client().run(req_id)));
      return { span, gpus: span ? await history.conditions(span) : [] };
    },
    'runs.log': ({ req_id }) => log.ofRun(req_id),
  };
}

/** Unix milliseconds; null where it has not started. */
function spanOf({ status, start_time, last_update_time }: Run): { from: number; to: number } | null {
  if (start_time === null) return null;
  const from = start_time * 1_000;
  const end = status === 'processing' ? Date.now() : (last_update_time ?? start_time) * 1_000;
  return { from, to: Math.max(end, from + 1) };
}
