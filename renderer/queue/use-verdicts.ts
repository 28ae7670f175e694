import { useEffect, useRef, useState } from 'react';
import type { Plan, PlanRequest, Run } from '#contract';
import { plannedWork, useOthersChanges } from '../next-run/index.ts';
import { core, usePanelState } from '../store.ts';

/** Further ones change before they begin. */
const MOST = 6;
const STILL_MS = 800;

export interface Verdicts {
  /** By the run's id; `stale`: settings or the memory of others have changed since. */
  get(reqId: string): { plan: Plan; stale: boolean } | null;
}

/** The plans of the first queued runs under the settings in force, asked one at a time and again when those change. */
export function useVerdicts(queued: readonly Run[]): Verdicts {
  const ready = usePanelState(({ backend }) => backend.phase === 'ready' && backend.worker !== 'failed');
  const running = usePanelState(({ settings }) => JSON.stringify(settings.running));
  const version = `${running} ${useOthersChanges()}`;
  const [known, setKnown] = useState<ReadonlyMap<string, { plan: Plan | null; version: string }>>(new Map());
  const latest = useRef(known);
  latest.current = known;
  const asked = JSON.stringify(queued.slice(0, MOST).flatMap((run) => requestOf(run) ?? []));
  useEffect(() => {
    if (!ready) return;
    let obsolete = false;
    const askAll = async () => {
      for (const request of new Set((JSON.parse(asked) as PlanRequest[]).map((one) => JSON.stringify(one)))) {
        if (obsolete) return;
        if (latest.current.get(request)?.version === version) continue;
        // Without an answer there is no verdict: the run itself says why.
        const plan = await core.call('plan.make', JSON.parse(request) as PlanRequest).catch(() => null);
        if (obsolete) return;
        setKnown((before) => new Map(before).set(request, { plan, version }));
      }
    };
    const timer = setTimeout(() => void askAll(), STILL_MS);
    return () => {
      obsolete = true;
      clearTimeout(timer);
    };
  }, [asked, version, ready]);
  const byRun = new Map(queued.slice(0, MOST).map((run) => [run.req_id, JSON.stringify(requestOf(run))]));
  return {
    get(reqId) {
      const found = known.get(byRun.get(reqId) ?? '');
      return found?.plan ? { plan: found.plan, stale: found.version !== version } : null;
    },
  };
}

function requestOf(run: Run): PlanRequest | null {
  const work = plannedWork(run);
  return work && { ...work, model: run.model };
}
