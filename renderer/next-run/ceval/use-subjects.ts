import { useCallback, useEffect, useState } from 'react';
import { benchmarks } from '#contract';
import { useCommand } from '../../parts/index.ts';
import { usePanelState } from '../../store.ts';

export interface Subjects {
  names: readonly string[];
  /** The backend has said which there are. */
  known: boolean;
  /** Asks again, after another folder was chosen. */
  reload(): void;
}

/** C-Eval's subjects, listed each time the form is shown: their folder may have been configured meanwhile. */
export function useSubjects(shown: boolean): Subjects {
  const ready = usePanelState((state) => state.backend.phase === 'ready');
  const { run: list } = useCommand('datasets.list');
  const [names, setNames] = useState<string[] | null>(null);
  const reload = useCallback(async () => {
    const datasets = await list({});
    if (datasets) setNames((datasets[benchmarks.ceval] ?? []).filter((name) => name !== benchmarks.ceval));
  }, [list]);
  useEffect(() => {
    if (shown && ready) void reload();
  }, [shown, ready, reload]);
  return { names: names ?? [], known: names !== null, reload: () => void reload() };
}
