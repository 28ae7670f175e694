import { useEffect, useState } from 'react';
import type { RunConditions, TimelineEvent } from '#contract';
import { core } from '../../store.ts';
import { CURVE_METRICS, curveOf, type Point } from './curve.ts';

/** Columns of the curve; the card is about this wide. */
const WIDTH = 480;

export interface Curve {
  points: Point[];
  /** Of this GPU and of none, within the run. */
  events: TimelineEvent[];
}

/** The stored samples of one GPU over the run's time; null until they are read. */
export function useCurve(uuid: string, span: NonNullable<RunConditions['span']>): Curve | null {
  const [curve, setCurve] = useState<Curve | null>(null);
  const from = Math.floor(span.from);
  const to = Math.ceil(span.to);
  useEffect(() => {
    let current = true;
    const read = async () => {
      const [window, events] = await Promise.all([
        core.call('history.window', { source: uuid, metrics: CURVE_METRICS, from, to, width: WIDTH }),
        core.call('history.events', { from, to }),
      ]);
      const own = events.filter(({ gpuUuid }) => gpuUuid == null || gpuUuid === uuid);
      if (current) setCurve({ points: curveOf(window, from), events: own });
    };
    read().catch(() => current && setCurve((before) => before ?? { points: [], events: [] }));
    return () => {
      current = false;
    };
  }, [uuid, from, to]);
  return curve;
}
