import { useMemo } from 'react';
import { usePanel, usePanelState } from '../store.ts';
import { inOrder } from './in-order.ts';

/** The run in progress and the queued ones, in the order in which they begin. */
export function useQueue() {
  const runs = usePanel((panel) => panel.runs);
  const queue = usePanelState(({ backend }) => backend.queue);
  const ready = usePanelState(({ backend }) => backend.phase === 'ready');
  return useMemo(() => {
    const open = [...runs.values()];
    const queued = inOrder(
      open.filter(({ status }) => status === 'queued'),
      queue?.order ?? [],
    );
    return {
      current: open.find(({ status }) => status === 'processing') ?? null,
      queued,
      ended: open.filter(({ status }) => status === 'completed'),
      paused: queue?.paused ?? false,
      /** A backend that keeps an order answers. */
      changeable: ready && queue !== null,
    };
  }, [runs, queue, ready]);
}

export type Queue = ReturnType<typeof useQueue>;
