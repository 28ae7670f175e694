import { useEffect, useRef, useState } from 'react';
import { PanelError, type Plan } from '#contract';
import { effectiveValue, plannedDtype } from '../../settings/index.ts';
import { core, usePanelState } from '../../store.ts';
import type { RunForm } from '../run-form.ts';
import { useOthersChanges } from './others-memory.ts';

/** A slider moves in many steps: the plan is requested once it has been still for this long. */
const DEBOUNCE_MS = 250;

type Work = NonNullable<RunForm['work']>;

/** The last plan stays until the next one arrives. Requests run one at a time; an obsolete one is never sent. */
export function usePlan(model: string, work: Work) {
  const limit = usePanelState(({ settings }) => effectiveValue(settings, 'LBS_GPU_MEMORY_LIMIT'));
  const dtype = usePanelState(({ settings }) => plannedDtype(settings));
  const othersChanges = useOthersChanges();
  // A string, because the form creates a new object on every render.
  const workText = JSON.stringify(work);
  const [plan, setPlan] = useState<Plan | null>(null);
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
        setPlan(found);
        setError(null);
      } catch (failure) {
        if (obsolete) return;
        setPlan(null);
        setError(PanelError.from(failure));
      }
    };
    const timer = setTimeout(() => {
      lastRequest.current = lastRequest.current.then(request);
    }, DEBOUNCE_MS);
    return () => {
      obsolete = true;
      clearTimeout(timer);
    };
  }, [model, workText, limit, dtype, othersChanges]);
  return { plan, error };
}
