import type { Xid } from '#contract';
import { say } from '../sentences.ts';
import type { Finding } from '../types.ts';
import { EVENT_MS } from './card-rules.ts';
import { gpuName } from './gpu-rule.ts';

/** Older lines of the kernel log are ignored. Its clock and ours may differ slightly. */
const EARLIER_MS = 60_000;

const same = (a: Xid, b: Xid) => a.time === b.time && a.code === b.code && a.pciBusId === b.pciBusId;

export const newXids = (list: readonly Xid[], before: readonly Xid[], startedAt: number): Xid[] =>
  list.filter((one) => one.time >= startedAt - EARLIER_MS && !before.some((old) => same(one, old)));

/** The finding about a new error. The same error of the same GPU again is the same alert while it is active. */
export function xidFinding(xid: Xid, gpu: number | null): Finding {
  const { code, pciBusId } = xid;
  return {
    key: `xid ${pciBusId} ${code}`,
    kind: 'xid',
    gpuUuid: xid.gpuUuid,
    verdict: 'bad',
    raiseMs: 0,
    endMs: EVENT_MS,
    text: () => ({
      level: 'error',
      sentence: say('xid', {
        gpu: gpu === null ? say('gpuAtBus', { pciBusId }) : gpuName(gpu),
        code,
        text: xid.sentence,
      }),
      values: { ...(gpu !== null && { gpu }), code, pciBusId, text: xid.sentence },
    }),
  };
}
