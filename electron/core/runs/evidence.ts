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

/** What Headroom itself knows of a run: from its samples, its process list and the backend's log. */
export function evidenceHandlers({
  guards,
  runs,
  history,
  log,
}: Sources): Pick<CommandHandlers, 'runs.conditions' | 'runs.log'> {
  return {
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
