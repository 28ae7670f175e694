import { useEffect, useRef, useState } from 'react';
import { PanelError, type Plan } from '#contract';
import { effectiveValue, plannedDtype } from '../../settings/index.ts';
import { core, usePanelState } from '../../store.ts';
import type { RunForm } from '../run-form.ts';
import { useOthersChanges } from './others-memory.ts';

/** A slider moves in many steps: the plan is requested once it has been still for this long. */
const DEBOUNCE_MS = 250;

/** A plan that takes longer is announced: what stands there until then no longer speaks of this run. */
const ANNOUNCE_MS = 1_000;
/** A request waits for the one before it, but no longer: a model that is slow to trace does not hold up the next one. */
const PATIENCE_MS = 3_000;

type Work = NonNullable<RunForm['work']>;

/**
 * The last plan of the same model stays until the next one arrives; `late`: that takes longer. Requests run one at a time, except
 * after a slow one; an obsolete one is never sent.
 */
export function usePlan(model: string, work: Work) {
  const limit = usePanelState(({ settings }) => effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT'));
  const dtype = usePanelState(({ settings }) => plannedDtype(settings));
  const othersChanges = useOthersChanges();
  // A string, because the form creates a new object on every render.
  const workText = JSON.stringify(work);
  const [latest, setLatest] = useState<{ model: string; plan: Plan } | null>(null);
  const [late, setLate] = useState(false);
  const [error, setError] = useState<PanelError | null>(null);
  const lastRequest = useRef<Promise<void>>(Promise.resolve());
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new `othersChanges` makes the plan obsolete
  useEffect(() => {
    let obsolete = false;
    const request = async () => {
      if (obsolete) return;
      try {
        const found = await core.call('plan.make', { ...(JSON.parse(workText) as Work), model, limit, dtype });
        if (obsolete) return;
        setLatest({ model, plan: found });
        setError(null);
      } catch (failure) {
        if (obsolete) return;
        setLatest(null);
        setError(PanelError.from(failure));
      }
      clearTimeout(announcing);
      setLate(false);
    };
    const announcing = setTimeout(() => setLate(true), ANNOUNCE_MS);
    const timer = setTimeout(() => {
      lastRequest.current = Promise.race([lastRequest.current, after(PATIENCE_MS)]).then(request);
    }, DEBOUNCE_MS);
    return () => {
      obsolete = true;
      clearTimeout(timer);
      clearTimeout(announcing);
    };
  }, [model, workText, limit, dtype, othersChanges]);
  return { plan: latest?.model === model ? latest.plan : null, error, late };
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
