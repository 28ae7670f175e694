import { useEffect, useState } from 'react';
import type { RunRecord } from '#contract';
import { type Curve, readCurve } from '../../run-page/index.ts';
import { core } from '../../store.ts';

/** Of one GPU during a run. Unix milliseconds. */
export interface RunCurve {
  uuid: string;
  span: { from: number; to: number };
  curve: Curve;
}

/** `curves`: null where they could not be read; empty where no sample of that time is kept. */
export interface CurvesOfRun {
  req_id: string;
  curves: RunCurve[] | null;
}

/** Null until all are read. */
export function useCurves(runs: readonly RunRecord[]): CurvesOfRun[] | null {
  const [found, setFound] = useState<CurvesOfRun[] | null>(null);
  const key = runs.map(({ req_id, state }) => `${encodeURIComponent(req_id)} ${state}`).join('/');
  useEffect(() => {
    let current = true;
    const ids = key.split('/').map((part) => decodeURIComponent(part.split(' ')[0] ?? ''));
    void Promise.all(ids.map(curvesOf)).then((curves) => current && setFound(curves));
    return () => {
      current = false;
    };
  }, [key]);
  return found;
}

async function curvesOf(req_id: string): Promise<CurvesOfRun> {
  try {
    const { span: exact, gpus } = await core.call('runs.conditions', { req_id });
    if (!exact) return { req_id, curves: [] };
    const span = { from: Math.floor(exact.from), to: Math.ceil(exact.to) };
    const curves = gpus.map(async ({ uuid }) => ({ uuid, span, curve: await readCurve(uuid, span) }));
    return { req_id, curves: (await Promise.all(curves)).filter(({ curve }) => curve.points.length > 0) };
  } catch {
    return { req_id, curves: null };
  }
}
