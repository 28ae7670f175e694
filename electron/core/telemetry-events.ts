import type { EventKind, Telemetry, TimelineEvent } from '#contract';

type Tell = (kind: EventKind, text: string, more?: Pick<TimelineEvent, 'gpuUuid'>) => void;

/** What of a change in the telemetry belongs on the time axis: figures lost and back, and the driver's own errors. */
export function telemetryEvents(before: Telemetry, now: Telemetry, tell: Tell): void {
  if (now.state === 'failed' && before.state !== 'failed') tell('telemetry_lost', now.fault?.said ?? 'no figures');
  if (now.state === 'ok' && before.state === 'failed') tell('telemetry_back', now.path ?? now.source);
  if (now.xids === before.xids) return;
  const known = new Set(before.xids.map(({ time, code, pciBusId }) => `${time} ${code} ${pciBusId}`));
  for (const { time, code, pciBusId, text, gpuUuid } of now.xids)
    if (!known.has(`${time} ${code} ${pciBusId}`)) tell('xid', `Xid ${code}: ${text}`, { gpuUuid });
}
