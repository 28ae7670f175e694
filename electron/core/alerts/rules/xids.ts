import type { Xid } from '#contract';
import type { Finding } from '../types.ts';
import { MOMENT_MS } from './card-rules.ts';

/** What the kernel's log holds of earlier is no news. Its clock and ours may differ by a little. */
const EARLIER_MS = 60_000;
const LONGEST_TEXT = 200;

const same = (a: Xid, b: Xid) => a.time === b.time && a.code === b.code && a.pciBusId === b.pciBusId;

export const newXids = (list: readonly Xid[], before: readonly Xid[], startedAt: number): Xid[] =>
  list.filter((one) => one.time >= startedAt - EARLIER_MS && !before.some((old) => same(one, old)));

/** A new one. The same error of the same GPU again is the same alert while it is shown. */
export function xidFinding(xid: Xid, gpu: number | null): Finding {
  const { code, pciBusId } = xid;
  return {
    key: `xid ${pciBusId} ${code}`,
    ...{ kind: 'xid', gpuUuid: xid.gpuUuid, verdict: 'bad', raiseMs: 0, endMs: MOMENT_MS },
    tell() {
      const text = xid.text.trim().slice(0, LONGEST_TEXT);
      const where = gpu === null ? `GPU at ${pciBusId}` : `GPU ${gpu}`;
      return {
        level: 'error',
        message: `${where}: the driver reports error Xid ${code}${text && ` (${text})`}. What ran on it may have failed: run it again; if the error comes back, look it up in NVIDIA's list of Xids and restart the machine.`,
        values: { ...(gpu !== null && { gpu }), code, pciBusId, text },
      };
    },
  };
}
