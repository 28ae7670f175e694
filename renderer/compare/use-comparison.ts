import { useEffect, useState } from 'react';
import { type Comparison, fewestCompared, PanelError } from '#contract';
import { core, usePanel, usePanelState } from '../store.ts';

interface Answer {
  /** The ids that it answers. */
  key: string;
  comparison: Comparison | null;
  error: PanelError | null;
}

interface FoundComparison {
  /** That of other ids while these are compared. */
  comparison: Comparison | null;
  error: PanelError | null;
  busy: boolean;
  retry(): void;
}

/** Asked again once the backend is ready and when one of the runs ends; what was read stays while the backend is stopped. */
export function useComparison(ids: readonly string[]): FoundComparison {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [round, setRound] = useState(0);
  const key = ids.map(encodeURIComponent).join('/');
  const ready = usePanelState(({ backend }) => backend.phase === 'ready');
  const states = usePanel(({ runs }) => ids.map((id) => runs.get(id)?.status ?? '').join(' '));
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is asked again after each of these has changed
  useEffect(() => {
    const req_ids = key.split('/').map(decodeURIComponent);
    if (req_ids.length < fewestCompared) return;
    let current = true;
    core.call('runs.compare', { req_ids }).then(
      (comparison) => current && setAnswer({ key, comparison, error: null }),
      (failure) =>
        current &&
        setAnswer((before) => ({
          key,
          comparison: before?.key === key ? before.comparison : null,
          error: PanelError.from(failure),
        })),
    );
    return () => {
      current = false;
    };
  }, [key, ready, states, round]);
  return {
    comparison: answer?.comparison ?? null,
    error: answer?.key === key ? answer.error : null,
    busy: answer?.key !== key,
    retry: () => setRound((count) => count + 1),
  };
}
