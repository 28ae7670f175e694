import { useEffect, useRef, useState } from 'react';
import { PanelError, type Plan, type PlanRequest } from '#contract';
import { core } from '../../store.ts';

/** A slider moves in many steps: the plan is requested once it has been still for this long. */
const DEBOUNCE_MS = 250;
/** A request waits for the one before it, but no longer: a model that is slow to trace does not hold up the next one. */
const PATIENCE_MS = 3_000;

export interface Planned {
  /** Of this model and kind of run, never of another one; an earlier one while `stale`. */
  plan: Plan | null;
  error: PanelError | null;
  /** The answer to this request has not arrived. */
  stale: boolean;
}

interface Answer extends Omit<Planned, 'stale'> {
  key: string;
  subject: string;
}

/**
 * The plan of a request, which `version` makes obsolete when it changes; null asks nothing. Requests run one at a time, except
 * after a slow one; an obsolete one is never sent.
 */
export function usePlan(request: PlanRequest | null, version: string): Planned {
  // A string, because the form creates a new object on every render.
  const text = request && JSON.stringify(request);
  const key = `${text}\n${version}`;
  const subject = `${request?.kind}\n${request?.model}`;
  const [answer, setAnswer] = useState<Answer | null>(null);
  const lastRequest = useRef<Promise<void>>(Promise.resolve());
  useEffect(() => {
    if (text === null) return;
    let obsolete = false;
    const ask = async () => {
      if (obsolete) return;
      const found = await answerTo(JSON.parse(text) as PlanRequest);
      if (!obsolete) setAnswer({ ...found, key, subject });
    };
    const timer = setTimeout(() => {
      lastRequest.current = Promise.race([lastRequest.current, after(PATIENCE_MS)]).then(ask);
    }, DEBOUNCE_MS);
    return () => {
      obsolete = true;
      clearTimeout(timer);
    };
  }, [text, key, subject]);
  if (text === null) return { plan: null, error: null, stale: false };
  if (answer?.subject !== subject) return { plan: null, error: null, stale: true };
  return { plan: answer.plan, error: answer.error, stale: answer.key !== key };
}

async function answerTo(request: PlanRequest): Promise<Omit<Planned, 'stale'>> {
  try {
    return { plan: await core.call('plan.make', request), error: null };
  } catch (failure) {
    return { plan: null, error: PanelError.from(failure) };
  }
}

const after = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
