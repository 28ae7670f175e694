import { useCallback } from 'react';
import { useSearchParams } from 'wouter';

/**
 * One part of what is open in a room (a chart's tab, an open GPU), kept in the address: a reload and a shared link come
 * back to it. Null where the address does not name it.
 */
export function usePlace(name: string): [string | null, (value: string | null) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (value: string | null) =>
      setParams(
        (before) => {
          const next = new URLSearchParams(before);
          if (value === null) next.delete(name);
          else next.set(name, value);
          return next;
        },
        { replace: true },
      ),
    [name, setParams],
  );
  return [params.get(name), set];
}
