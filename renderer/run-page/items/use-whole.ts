import { useEffect, useState } from 'react';
import type { PanelError, Run } from '#contract';
import { useCommand } from '../../parts/index.ts';

interface Whole {
  /** With its prompt; null where it is not kept. */
  whole: Record<string, unknown> | null;
  busy: boolean;
  error: PanelError | null;
}

/** A result has no prompts: the item as the backend stored it. */
export function useWhole({ req_id }: Run, key: string | null): Whole {
  const { run: get, error } = useCommand('runs.item');
  const [found, setFound] = useState<Record<string, unknown> | null | undefined>(key === null ? null : undefined);
  useEffect(() => {
    let current = true;
    if (key !== null) void get({ req_id, key }).then((item) => current && setFound(item));
    return () => {
      current = false;
    };
  }, [req_id, key, get]);
  return { whole: found ?? null, busy: found === undefined && error === null, error };
}
