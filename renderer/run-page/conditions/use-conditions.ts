import { useEffect, useState } from 'react';
import { PanelError, type Run, type RunConditions } from '#contract';
import { core } from '../../store.ts';

export interface Conditions {
  found: RunConditions | null;
  error: PanelError | null;
}

/** How often a run in progress is asked about. */
const REFRESH_MS = 5_000;

/** Asked again while the run is in progress, and once more when it has ended. */
export function useConditions({ req_id, status }: Run): Conditions {
  const [conditions, setConditions] = useState<Conditions>({ found: null, error: null });
  useEffect(() => {
    let current = true;
    const ask = () =>
      core.call('runs.conditions', { req_id }).then(
        (found) => current && setConditions({ found, error: null }),
        (failure) => current && setConditions((before) => ({ ...before, error: PanelError.from(failure) })),
      );
    void ask();
    const timer = status === 'processing' ? setInterval(() => void ask(), REFRESH_MS) : undefined;
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [req_id, status]);
  return conditions;
}
