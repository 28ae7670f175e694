import { useEffect, useState } from 'react';
import type { PanelError, Run } from '#contract';
import { useCommand } from '../parts/index.ts';
import { usePanel, usePanelState } from '../store.ts';

interface FoundRun {
  /** Null while it is fetched, or where it could not be. */
  run: Run | null;
  error: PanelError | null;
  retry(): void;
}

/**
 * One run with its result. The list of runs changes while it is in progress, and comes without results: these are fetched,
 * again once the run is planned, once it has ended and once the backend is ready.
 */
export function useRun(id: string): FoundRun {
  const listed = usePanel((panel) => panel.runs.get(id));
  const ready = usePanelState(({ backend }) => backend.phase === 'ready');
  const { run: get, error } = useCommand('runs.get');
  const [fetched, setFetched] = useState<Run | null>(null);
  const [round, setRound] = useState(0);
  const known = listed?.status ?? null;
  const planned = typeof listed?.predicted_peak === 'number';
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is fetched again after each of these has changed
  useEffect(() => {
    void get({ req_id: id }).then((found) => found && setFetched(found));
  }, [id, known, planned, ready, round, get]);
  const run = listed
    ? { ...listed, result: listed.result ?? fetched?.result ?? null, plan: fetched?.plan ?? null }
    : fetched;
  return { run, error, retry: () => setRound((count) => count + 1) };
}
