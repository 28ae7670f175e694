import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GpuMetric,
  type GpuProcess,
  type GpuSample,
  gpuMetrics,
  type MigInstance,
  PanelError,
  type Telemetry,
  type TelemetryFault,
  type Tick,
  throttleReasons,
} from '#contract';
import { createGpuMonitor, type GpuMonitorOptions, remedies, type SmiSource } from '../gpu/index.ts';
import { createHostWatch } from '../host/index.ts';

/** One snapshot of the GPUs for scripts, with the field names that are printed. `null`: unavailable; `reasons` says why. */
export interface TopAnswer {
  /** ISO 8601, UTC. */
  time: string;
  source: Telemetry['source'];
  driver_version: string | null;
  gpus: Record<string, unknown>[];
  /** Null: the process list is unavailable. */
  processes: Record<string, unknown>[] | null;
  processes_reason: string | null;
}

/** No telemetry: the name of the failure, its message, and the remedy. */
interface TopFailure {
  name: string;
  message: string;
  remedy: string;
}

/** nvidia-smi has not answered yet, but still may. */
export const isWaiting = (failure: TopFailure | null) => failure?.name === 'slow';

/** A first answer takes at most half a minute; a script must not wait for minutes. */
const FIRST_MS = 60_000;

/** Both are set where every GPU is lost: the answer has the state of each one, and no values. */
export interface Top {
  answer: TopAnswer | null;
  failure: TopFailure | null;
}

/** `memoryTotalMiB` -> `memory_total_mib`, `clockSmMHz` -> `clock_sm_mhz`. */
const printedName = (name: string) =>
  name
    .replace(/(MiB|MHz|W)$/, (unit) => `_${unit.toLowerCase()}`)
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const names = Object.fromEntries(gpuMetrics.map((name) => [name, printedName(name)])) as Record<GpuMetric, string>;

function gpuOf(sample: GpuSample, { devices, mig }: Telemetry) {
  const device = devices.find(({ uuid }) => uuid === sample.uuid);
  const reasons = Object.entries(sample.reasons ?? {}).map(([name, reason]) => [names[name as GpuMetric], reason]);
  return {
    index: sample.index,
    uuid: sample.uuid,
    name: device?.name ?? null,
    state: sample.state,
    fault: device?.fault?.text ?? null,
    ...Object.fromEntries(gpuMetrics.map((name) => [names[name], sample[name]])),
    throttle_reasons: sample.throttle === null ? null : throttleReasons(sample.throttle),
    pci_bus_id: device?.pciBusId ?? null,
    unified_memory: device?.unified ?? false,
    mig_enabled: device?.migEnabled ?? null,
    mig: mig.filter(({ gpuUuid }) => gpuUuid === sample.uuid).map(instanceOf),
    reasons: Object.fromEntries(reasons),
  };
}

const instanceOf = (one: MigInstance) => ({
  uuid: one.uuid,
  profile: one.profile,
  gpu_instance: one.gpuInstance,
  compute_instance: one.computeInstance,
  memory_total_mib: one.memoryTotalMiB,
  memory_used_mib: one.memoryUsedMiB,
});

const processOf = (one: GpuProcess) => ({
  gpu_uuid: one.gpuUuid,
  pid: one.pid || null,
  name: one.name,
  user: one.user,
  used_memory_mib: one.usedMiB,
  since: one.since === null ? null : new Date(one.since).toISOString(),
  type: one.kind,
  command: one.command,
  container: one.container?.id ?? null,
  mig_uuid: one.migUuid,
});

function failureOf({ state, fault }: Telemetry): TopFailure | null {
  if (state === 'asleep')
    return {
      name: 'asleep',
      message: 'The GPU is suspended, and a query would wake it.',
      remedy: 'Start a program on it, then try again.',
    };
  return state === 'failed' && fault
    ? { name: fault.kind, message: fault.sentence.text, remedy: remedies[fault.kind] }
    : null;
}

const faults: Record<GpuSample['state'], TelemetryFault> = {
  ok: 'unknown',
  lost: 'gpu_lost',
  needs_reset: 'needs_reset',
  no_permission: 'no_permission',
  unknown_error: 'unknown',
};

/** Where every GPU is lost the stream continues without any value. */
function allLost({ gpus }: Tick): TopFailure | null {
  const [first] = gpus;
  if (!first || gpus.some(({ state, memoryUsedMiB }) => state === 'ok' || memoryUsedMiB !== null)) return null;
  const states = gpus.map(({ index, state }) => `GPU ${index}: ${state}`).join(', ');
  const name = faults[first.state];
  return { name, message: `No GPU reports any value (${states}).`, remedy: remedies[name] };
}

/** Calls `onTop` with a snapshot every `everyMs` until the signal. Resolves when nvidia-smi has exited. */
export async function watchTop(
  options: { smi: SmiSource; everyMs: number; onTop(top: Top): void; patience?: GpuMonitorOptions['patience'] },
  signal: AbortSignal,
): Promise<void> {
  const { smi, everyMs, onTop, patience } = options;
  const host = createHostWatch({ pids: () => [] });
  const monitor = createGpuMonitor({
    smi,
    ram: host.sample,
    patience: { firstMs: FIRST_MS, mostFirstMs: FIRST_MS, ...patience },
  });
  let latest: Tick | null = null;
  let resume: () => void = () => undefined;
  const wake = () => resume();
  const woken = () =>
    new Promise<void>((resolve) => {
      resume = resolve;
    });
  let listed = false;
  /** The memory of a GPU without its own is the sum of the process list: the first sample after the list has it. */
  const withList = async (tick: Tick): Promise<Tick | null> => {
    if (listed || !monitor.telemetry().devices.some(({ unified }) => unified)) return tick;
    listed = true;
    latest = null;
    while (!latest && !signal.aborted && !failureOf(monitor.telemetry())) await woken();
    return latest;
  };
  monitor.onTick((tick) => {
    latest = tick;
    wake();
  });
  monitor.onTelemetry(wake);
  signal.addEventListener('abort', () => {
    // A query that hangs is killed now, not after its timeout.
    void monitor.stop();
    wake();
  });
  monitor.start();
  while (!signal.aborted) {
    const tick = latest as Tick | null;
    const failure = failureOf(monitor.telemetry());
    if (failure) onTop({ answer: null, failure });
    else if (tick) {
      // Queried now: a snapshot includes the process list, the graphics processes and the MIG instances.
      await monitor.detailed();
      const list = await monitor.processesNow().catch((error: unknown) => PanelError.from(error).message);
      const shown = (await withList(tick)) ?? tick;
      if (!signal.aborted) onTop({ answer: answerOf(shown, monitor.telemetry(), list), failure: allLost(shown) });
    } else {
      await woken();
      continue;
    }
    latest = null;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  await monitor.stop();
}

/** `list`: the processes, or why the list is unavailable. */
function answerOf(tick: Tick, telemetry: Telemetry, list: readonly GpuProcess[] | string): TopAnswer {
  const known = typeof list !== 'string';
  return {
    time: new Date(tick.time).toISOString(),
    source: telemetry.source,
    driver_version: telemetry.devices.find(({ driverVersion }) => driverVersion !== null)?.driverVersion ?? null,
    gpus: tick.gpus.map((sample) => gpuOf(sample, telemetry)),
    processes: known ? list.map(processOf) : null,
    processes_reason: known ? null : list,
  };
}
