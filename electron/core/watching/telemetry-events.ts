import type { EventKind, Telemetry, TimelineEvent, Xid } from '#contract';
import { say } from './sentences.ts';

type Mark = (kind: EventKind, text: string, more?: Pick<TimelineEvent, 'gpuUuid' | 'sentence'>) => void;

const keyOf = ({ time, code, pciBusId }: Xid) => `${time} ${code} ${pciBusId}`;

/** Marks what a change in the telemetry adds to the timeline: telemetry lost and back, and the driver's Xid errors. */
export function createTelemetryEvents(mark: Mark): (now: Telemetry) => void {
  /** Stays set while telemetry is off: only the next samples reset it. */
  let lost = false;
  let xids: readonly Xid[] = [];
  return (now) => {
    if (now.state === 'failed' && !lost)
      mark('telemetry_lost', now.fault?.sentence.text ?? '', now.fault ? { sentence: now.fault.sentence } : {});
    if (now.state === 'ok' && lost) mark('telemetry_back', now.path ?? now.source);
    if (now.state === 'failed' || now.state === 'ok') lost = now.state === 'failed';
    if (now.xids === xids) return;
    const known = new Set(xids.map(keyOf));
    xids = now.xids;
    for (const one of xids) {
      if (known.has(keyOf(one))) continue;
      const sentence = say('xid', { code: one.code, meaning: one.sentence });
      mark('xid', sentence.text, { gpuUuid: one.gpuUuid, sentence });
    }
  };
}
