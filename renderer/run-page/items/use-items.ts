import { useEffect, useState } from 'react';
import type { Run } from '#contract';
import { core } from '../../store.ts';
import type { StoredItem } from './tests.ts';

const PAGE = 200;
const none: StoredItem[] = [];
const RETRY_MS = 2_000;

interface Found {
  id: string;
  items: StoredItem[];
}

/**
 * The finished items of a run that has no result: it is in progress, failed or was cancelled. Each change of the run asks
 * for those after the last one, so that the page fills while it runs.
 */
export function useItems(run: Run): readonly StoredItem[] {
  const { req_id: id, status, current_item: done } = run;
  const [found, setFound] = useState<Found>({ id, items: [] });
  const items = found.id === id ? found.items : none;
  const missing = run.result === null && status !== 'queued' && items.length < done;
  const offset = items.length;
  useEffect(() => {
    if (!missing) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let current = true;
    const ask = async () => {
      const page = await core.call('runs.items', { req_id: id, offset, limit: PAGE }).catch(() => null);
      if (!current) return;
      if (page && page.items.length > 0) setFound((before) => grown(before, id, page.items));
      // Its item is stored a moment after it is reported; a page without the backend asks again.
      else timer = setTimeout(() => void ask(), RETRY_MS);
    };
    void ask();
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [id, missing, offset]);
  return items;
}

const grown = (before: Found, id: string, more: readonly StoredItem[]): Found => ({
  id,
  items: before.id === id ? [...before.items, ...more] : [...more],
});
