import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { type RunsPlace, readPlace, writePlace } from './runs-place.ts';

export function useRunsPlace(): [RunsPlace, (change: Partial<RunsPlace>) => void] {
  const [query, setQuery] = useSearchParams();
  const text = query.toString();
  const place = useMemo(() => readPlace(new URLSearchParams(text)), [text]);
  const change = useCallback(
    (part: Partial<RunsPlace>) =>
      setQuery((before) => writePlace({ ...readPlace(before), ...part }, before), { replace: true }),
    [setQuery],
  );
  return [place, change];
}
