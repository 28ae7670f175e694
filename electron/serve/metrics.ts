import { Gauge, Registry } from 'prom-client';
import {
  budgetMiB,
  type GpuMetric,
  type GpuSample,
  gpuStates,
  limitInForce,
  type PanelState,
  shownPhase,
  type Tick,
  viewCard,
} from '#contract';
import type { ControlPlane } from '../core/control-plane.ts';

type Named = readonly [name: string, figure: GpuMetric, help: string];

/** DCGM exporter's names, units and labels where they mean the same; memory in MiB there. */
const framebuffer: readonly Named[] = [
  ['DCGM_FI_DEV_FB_TOTAL', 'memoryTotalMiB', 'Framebuffer memory, all (in MiB).'],
  ['DCGM_FI_DEV_FB_FREE', 'memoryFreeMiB', 'Framebuffer memory free (in MiB).'],
  ['DCGM_FI_DEV_FB_USED', 'memoryUsedMiB', 'Framebuffer memory used (in MiB).'],
  ['DCGM_FI_DEV_FB_RESERVED', 'memoryReservedMiB', 'Framebuffer memory reserved by the driver (in MiB).'],
];
const dcgm: readonly Named[] = [
  ['DCGM_FI_DEV_GPU_UTIL', 'utilizationGpu', 'GPU utilization (in %).'],
  ['DCGM_FI_DEV_MEM_COPY_UTIL', 'utilizationMemory', 'Memory utilization: time spent on reading and writing (in %).'],
  ['DCGM_FI_DEV_GPU_TEMP', 'temperature', 'GPU temperature (in C).'],
  ['DCGM_FI_DEV_POWER_USAGE', 'powerDrawW', 'Power draw (in W).'],
  ['DCGM_FI_DEV_POWER_MGMT_LIMIT', 'powerLimitW', 'Power limit that the driver enforces (in W).'],
  ['DCGM_FI_DEV_SM_CLOCK', 'clockSmMHz', 'SM clock frequency (in MHz).'],
  ['DCGM_FI_DEV_MEM_CLOCK', 'clockMemoryMHz', 'Memory clock frequency (in MHz).'],
  ['DCGM_FI_DEV_FAN_SPEED', 'fanSpeed', 'Fan speed (in %).'],
  ['DCGM_FI_DEV_PSTATE', 'pstate', 'Performance state, 0 is the fastest.'],
  ['DCGM_FI_DEV_CLOCK_THROTTLE_REASONS', 'throttle', 'Clock throttle reasons (bit mask).'],
  ['DCGM_FI_DEV_ECC_DBE_VOL_TOTAL', 'eccUncorrected', 'Uncorrected ECC errors since the driver was loaded.'],
];

/** What the memory of a GPU without its own is called: part of the system RAM. */
const unified: readonly [of: string, figure: GpuMetric][] = [
  ['total', 'memoryTotalMiB'],
  ['free', 'memoryFreeMiB'],
  ['gpu', 'memoryUsedMiB'],
  ['system', 'memoryReservedMiB'],
];

const LABELS = ['gpu', 'UUID', 'pci_bus_id', 'modelName'] as const;
type Labels = Record<(typeof LABELS)[number], string>;
const MIB = 2 ** 20;

interface Snapshot {
  state: PanelState;
  tick: Tick | null;
}

/** Metrics in the Prometheus text format, as of the request. A value that is unavailable is absent, never 0. */
export function createMetrics(plane: ControlPlane) {
  // Keeps telemetry running at its slowest rate while no page is open.
  plane.attend(Symbol('metrics'), 'hidden');
  const registry = new Registry();
  const takeSnapshot = (): Snapshot => {
    const state = plane.state();
    // A tick from before a failure is stale.
    return { state, tick: state.telemetry.state === 'ok' ? (plane.stream('ticks').backlog().at(-1) ?? null) : null };
  };
  /** One for all gauges of an answer, so that they describe the same moment. */
  let snapshot = takeSnapshot();
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[], fill: Fill<L>) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const [labels, value] of fill(snapshot)) if (value !== null) this.set(labels, value);
      },
    });

  for (const [name, figure, help] of framebuffer)
    gauge(
      name,
      help,
      LABELS,
      perGpu((sample, state) => (deviceOf(sample, state)?.unified ? null : sample[figure])),
    );
  gauge(
    'headroom_gpu_unified_memory_bytes',
    'System RAM that is the memory of a GPU without its own: all of it, free, and used by the GPU or the system.',
    [...LABELS, 'of'],
    ({ state, tick }) =>
      (tick?.gpus ?? [])
        .filter((sample) => deviceOf(sample, state)?.unified)
        .flatMap((sample) =>
          unified.map(([of, figure]): [Labels & { of: string }, number | null] => [
            { ...labelsOf(sample, state), of },
            bytes(sample[figure]),
          ]),
        ),
  );
  for (const [name, figure, help] of dcgm)
    gauge(
      name,
      help,
      LABELS,
      perGpu((sample) => sample[figure]),
    );
  gauge(
    'headroom_gpu_backend_memory_bytes',
    'GPU memory used by the backend.',
    LABELS,
    perGpu((sample) => bytes(sample.ours?.usedMiB)),
  );
  gauge(
    'headroom_gpu_headroom_bytes',
    'GPU memory left to the backend: of its budget, or of the card where other processes use more.',
    LABELS,
    perGpu((sample, state) => bytes(viewCard(sample, limitInForce(state))?.headroom)),
  );
  gauge('headroom_gpu_state', 'State of the GPU: 1 for the current state.', [...LABELS, 'state'], (now) =>
    samples(now).flatMap((sample) =>
      gpuStates.map((state): [Labels & { state: string }, number] => [
        { ...labelsOf(sample, now.state), state },
        Number(sample.state === state),
      ]),
    ),
  );
  gauge('headroom_limit_ratio', 'GPU memory limit in effect, as a fraction of all GPUs; 0: no limit.', [], (now) => [
    [{}, limitRatio(now)],
  ]);
  gauge(
    'headroom_gpu_budget_bytes',
    'GPU memory that the backend may use under the limit in effect; absent without a limit.',
    LABELS,
    perGpu((sample, state) => bytes(viewCard(sample, limitInForce(state))?.budget)),
  );
  gauge('headroom_collection_up', '1 while telemetry arrives from nvidia-smi.', [], ({ state }) => [
    [{}, Number(state.telemetry.state === 'ok')],
  ]);
  gauge('headroom_last_sample_timestamp_seconds', 'Time of the last telemetry sample.', [], ({ state, tick }) => {
    // The state is updated every few seconds only.
    const lastAt = tick?.time ?? state.telemetry.collection.lastAt;
    return [[{}, lastAt === null ? null : lastAt / 1000]];
  });
  gauge('headroom_backend_up', '1 while the backend is ready.', [], ({ state }) => [
    [{}, Number(shownPhase(state.backend) === 'ready')],
  ]);
  gauge('headroom_alert', 'Active alerts.', ['kind', 'UUID'], ({ state }) =>
    state.alerts.list
      .filter(({ endedAt }) => endedAt === null)
      .map(({ kind, gpuUuid }): [{ kind: string; UUID: string }, number] => [{ kind, UUID: gpuUuid ?? '' }, 1]),
  );
  gauge('headroom_host_memory_bytes', 'System RAM and swap.', ['of'], ({ tick }) => {
    const { host } = tick ?? {};
    const { ramTotalMiB, ramUsedMiB, swapUsedMiB, backendRssMiB } = host ?? {};
    const all = { ram_total: ramTotalMiB, ram_used: ramUsedMiB, swap_used: swapUsedMiB, backend_rss: backendRssMiB };
    return Object.entries(all).map(([of, mib]): [{ of: string }, number | null] => [{ of }, bytes(mib)]);
  });

  return {
    type: registry.contentType,
    text() {
      snapshot = takeSnapshot();
      return registry.metrics();
    },
  };
}

export type Metrics = ReturnType<typeof createMetrics>;

type Fill<L extends string> = (now: Snapshot) => readonly [Partial<Record<L, string>>, number | null][];

const bytes = (mib: number | null | undefined) => (mib === null || mib === undefined ? null : Math.round(mib * MIB));

const samples = ({ tick }: Snapshot): readonly GpuSample[] => tick?.gpus ?? [];

const perGpu =
  (value: (sample: GpuSample, state: PanelState) => number | null): Fill<keyof Labels> =>
  (now) =>
    samples(now).map((sample) => [labelsOf(sample, now.state), value(sample, now.state)]);

/** Null where the limit is a size and no GPU reports its own. */
function limitRatio(now: Snapshot): number | null {
  const limit = limitInForce(now.state);
  if (typeof limit === 'number') return limit;
  const totals = samples(now).flatMap(({ memoryTotalMiB }) => memoryTotalMiB ?? []);
  const budgets = totals.map((total) => budgetMiB(limit, total) ?? 0);
  return totals.length > 0 ? sum(budgets) / sum(totals) : null;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

const deviceOf = ({ uuid }: GpuSample, { telemetry }: PanelState) =>
  telemetry.devices.find((device) => device.uuid === uuid);

function labelsOf(sample: GpuSample, state: PanelState): Labels {
  const device = deviceOf(sample, state);
  return {
    gpu: String(sample.index),
    UUID: sample.uuid,
    pci_bus_id: device?.pciBusId ?? '',
    modelName: device?.name ?? '',
  };
}
