import { useCallback, useEffect, useRef, useState } from 'react';
import { PanelError, type RunFilter, type RunRecord, type RunsPage, type RunsRequest } from '#contract';
import { core, usePanel } from '../../store.ts';

const PAGE = 100;
/** A run in progress reports many times a second. */
const REFRESH_MS = 1_000;

interface Loaded {
  total: number;
  matching: number;
  pages: ReadonlyMap<number, readonly RunRecord[]>;
}

export interface Rows {
  /** Null until the first answer. */
  loaded: Loaded | null;
  error: PanelError | null;
  /** Undefined while it is being fetched. */
  row(index: number): RunRecord | undefined;
  /** The rows that are in view, so that they are fetched. */
  show(first: number, last: number): void;
  refresh(): void;
}

/** The rows of the table, page by page as they come into view; pages in view are fetched again when a run changes. */
export function useRows(filter: RunFilter, sort: RunsRequest['sort']): Rows {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [error, setError] = useState<PanelError | null>(null);
  const request = JSON.stringify({ filter, sort });
  const current = useRef(request);
  const view = useRef({ first: 0, last: 0 });
  const pending = useRef(new Set<number>());

  const fetchPage = useCallback(
    async (page: number) => {
      if (pending.current.has(page)) return;
      pending.current.add(page);
      try {
        const answer = await core.call('runs.page', pageRequest(request, page));
        // The filter may have changed meanwhile.
        if (current.current === request) setLoaded((before) => withPage(before, page, answer));
        setError(null);
      } catch (failure) {
        if (current.current === request) setError(PanelError.from(failure));
      } finally {
        pending.current.delete(page);
      }
    },
    [request],
  );
  const refresh = useCallback(() => {
    const { first, last } = view.current;
    for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1) void fetchPage(page);
  }, [fetchPage]);
  useEffect(() => {
    current.current = request;
    pending.current = new Set();
    view.current = { first: 0, last: 0 };
    void fetchPage(0).then(() => {
      // Pages of another filter are dropped only when the new one has its first, so that the table does not flash.
      setLoaded((before) => before && { ...before, pages: new Map([...before.pages].filter(([page]) => page === 0)) });
    });
  }, [request, fetchPage]);
  useRefreshOnChange(refresh);
  return {
    loaded,
    error,
    row: (index) => loaded?.pages.get(Math.floor(index / PAGE))?.[index % PAGE],
    show(first, last) {
      view.current = { first, last };
      for (let page = Math.floor(first / PAGE); page <= Math.floor(last / PAGE); page += 1)
        if (loaded && !loaded.pages.has(page)) void fetchPage(page);
    },
    refresh,
  };
}

function pageRequest(request: string, page: number): RunsRequest {
  const { filter, sort } = JSON.parse(request) as { filter: RunFilter; sort: RunsRequest['sort'] };
  return { ...filter, sort, offset: page * PAGE, limit: PAGE };
}

const withPage = (before: Loaded | null, page: number, { total, matching, rows }: RunsPage): Loaded => ({
  total,
  matching,
  pages: new Map([...(before?.pages ?? []), [page, rows]]),
});

/** Calls `refresh` soon after a run has changed, and when the backend becomes ready. */
function useRefreshOnChange(refresh: () => void): void {
  const runs = usePanel((panel) => panel.runs);
  const ready = usePanel(({ state }) => state?.backend.phase === 'ready');
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const latest = useRef(refresh);
  latest.current = refresh;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new value says that the rows may be stale
  useEffect(() => {
    timer.current ??= setTimeout(() => {
      timer.current = null;
      latest.current();
    }, REFRESH_MS);
  }, [runs, ready]);
  useEffect(
    () => () => {
      if (timer.current) clearTimeout(timer.current);
      timer.current = null;
    },
    [],
  );
}
