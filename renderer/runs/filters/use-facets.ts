import { useCallback, useEffect, useState } from 'react';
import type { RunFacets } from '#contract';
import { useCommand } from '../../parts/index.ts';

/** The values that filters can have; asked again with `refresh`. */
export function useFacets(): { facets: RunFacets | null; refresh(): void } {
  const { run } = useCommand('runs.facets');
  const [facets, setFacets] = useState<RunFacets | null>(null);
  const refresh = useCallback(() => void run({}).then((found) => found && setFacets(found)), [run]);
  useEffect(refresh, [refresh]);
  return { facets, refresh };
}
