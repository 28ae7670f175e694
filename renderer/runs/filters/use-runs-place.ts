import { useCallback, useMemo } from 'react';
import { useSearch } from 'wouter';
import { changePlaces } from '../../routes/index.ts';
import { type RunsPlace, readPlace, writePlace } from './runs-place.ts';

export function useRunsPlace(): [RunsPlace, (change: Partial<RunsPlace>) => void] {
  const text = useSearch();
  const place = useMemo(() => readPlace(new URLSearchParams(text)), [text]);
  const change = useCallback(
    (part: Partial<RunsPlace>) =>
      changePlaces((places) => {
        const next = writePlace({ ...readPlace(places), ...part }, places);
        for (const name of new Set(places.keys())) places.delete(name);
        for (const [name, value] of next) places.append(name, value);
      }),
    [],
  );
  return [place, change];
}
