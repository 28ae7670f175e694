import { type GpuSample, gpuMetrics, type TelemetryFault } from '#contract';
import type { Fault } from '../smi/faults.ts';
import type { Facts, Row } from '../stream/row.ts';

/** A GPU that nvidia-smi cannot query. */
interface LostGpu {
  fault: Fault;
  index: number;
  /** Null where it is unknown. */
  uuid: string | null;
  facts: Facts;
}

const states: Partial<Record<TelemetryFault, GpuSample['state']>> = {
  needs_reset: 'needs_reset',
  no_permission: 'no_permission',
  silent: 'unknown_error',
};

export const unknownDevice: Facts = {
  name: null,
  memoryTotalMiB: null,
  driverVersion: null,
  pciBusId: null,
  migEnabled: null,
  persistence: null,
  computeMode: null,
};

/** The row of a GPU that no stream reports: no values, and why. It is made once, so that samples can share it. */
export function lostRow({ fault, index, uuid, facts }: LostGpu): Row {
  const state = states[fault.kind] ?? 'lost';
  const sample = {
    uuid: uuid ?? `GPU-unknown-${index}`,
    index,
    state,
    ...Object.fromEntries(gpuMetrics.map((metric) => [metric, null])),
    reasons: Object.fromEntries(gpuMetrics.map((metric) => [metric, state])),
    ours: null,
  } as GpuSample;
  // New facts: the devices are then compared anew.
  return {
    sample,
    facts: { ...facts },
    fault: fault.sentence,
  };
}

/** A sample with the GPUs that its stream does not report, in the order of the index. */
export const withLost = (rows: readonly Row[], lost: readonly Row[]): readonly Row[] =>
  [...rows.filter(({ sample }) => !lost.some((one) => one.sample.uuid === sample.uuid)), ...lost].sort(
    (one, other) => one.sample.index - other.sample.index,
  );
