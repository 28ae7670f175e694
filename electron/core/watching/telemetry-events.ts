import type { EventKind, Telemetry, TimelineEvent, Xid } from '#contract';

type Tell = (kind: EventKind, text: string, more?: Pick<TimelineEvent, 'gpuUuid'>) => void;

const keyOf = ({ time, code, pciBusId }: Xid) => `${time} ${code} ${pciBusId}`;

/** What of a change in the telemetry belongs on the time axis: figures lost and back, and the driver's own errors. */
export function createTelemetryEvents(tell: Tell): (now: Telemetry) => void {
  /** Also while nobody needs figures: only figures end it. */
  let lost = false;
  let xids: readonly Xid[] = [];
  return (now) => {
    if (now.state === 'failed' && !lost) tell('telemetry_lost', now.fault?.said ?? 'no figures');
    if (now.state === 'ok' && lost) tell('telemetry_back', now.path ?? now.source);
    if (now.state === 'failed' || now.state === 'ok') lost = now.state === 'failed';
    if (now.xids === xids) return;
    const known = new Set(xids.map(keyOf));
    xids = now.xids;
    for (const one of xids)
      if (!known.has(keyOf(one))) tell('xid', `Xid ${one.code}: ${one.text}`, { gpuUuid: one.gpuUuid });
  };
}
