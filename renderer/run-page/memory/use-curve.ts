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

/** Rejects with a PanelError. */
export async function readCurve(uuid: string, { from, to }: { from: number; to: number }): Promise<Curve> {
  const [window, events] = await Promise.all([
    core.call('history.window', { source: uuid, metrics: CURVE_METRICS, from, to, width: WIDTH }),
    core.call('history.events', { from, to }),
  ]);
  const own = events.filter(({ gpuUuid }) => gpuUuid == null || gpuUuid === uuid);
  return { points: curveOf(window, from), events: own };
}

/** The stored samples of one GPU over the run's time; null until they are read. */
export function useCurve(uuid: string, span: NonNullable<RunConditions['span']>): Curve | null {
  const [curve, setCurve] = useState<Curve | null>(null);
  const from = Math.floor(span.from);
  const to = Math.ceil(span.to);
  useEffect(() => {
    let current = true;
    readCurve(uuid, { from, to }).then(
      (read) => current && setCurve(read),
      () => current && setCurve((before) => before ?? { points: [], events: [] }),
    );
    return () => {
      current = false;
    };
  }, [uuid, from, to]);
  return curve;
}
