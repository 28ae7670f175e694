import { setTimeout as sleep } from 'node:timers/promises';
import {
  type GpuFigure,
  type GpuProcess,
  type GpuSample,
  gpuFigures,
  type MigInstance,
  PanelError,
  type Telemetry,
  type TelemetryFault,
  type Tick,
  throttleReasons,
} from '#contract';
import { createGpuMonitor, remedies, type SmiSource } from '../gpu/index.ts';

/** One look at the GPUs, for scripts: names as they are printed. `null`: no figure, and `reasons` says why. */
export interface TopAnswer {
  /** ISO 8601, UTC. */
  time: string;
  source: Telemetry['source'];
  driver_version: string | null;
  gpus: Record<string, unknown>[];
  /** Null: they cannot be told now. */
  processes: Record<string, unknown>[] | null;
  processes_reason: string | null;
}

/** No figures: its name, what nvidia-smi said, and the remedy. */
export interface TopFailure {
  name: string;
  said: string;
  remedy: string;
}

/** Both where every GPU is lost: the answer says so of each, and there are no figures. */
export interface Top {
  answer: TopAnswer | null;
  failure: TopFailure | null;
}

/** `memoryTotalMiB` -> `memory_total_mib`, `clockSmMHz` -> `clock_sm_mhz`. */
const printed = (name: string) =>
  name
    .replace(/(MiB|MHz|W)$/, (unit) => `_${unit.toLowerCase()}`)
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const names = Object.fromEntries(gpuFigures.map((name) => [name, printed(name)])) as Record<GpuFigure, string>;

function gpuOf(sample: GpuSample, { devices, mig }: Telemetry) {
  const device = devices.find(({ uuid }) => uuid === sample.uuid);
  const reasons = Object.entries(sample.reasons ?? {}).map(([name, reason]) => [names[name as GpuFigure], reason]);
  return {
    ...{ index: sample.index, uuid: sample.uuid, name: device?.name ?? null, state: sample.state },
    ...Object.fromEntries(gpuFigures.map((name) => [names[name], sample[name]])),
    throttle_reasons: sample.throttle === null ? null : throttleReasons(sample.throttle),
    pci_bus_id: device?.pciBusId ?? null,
    mig_enabled: device?.migEnabled ?? null,
    mig: mig.filter(({ gpuUuid }) => gpuUuid === sample.uuid).map(instanceOf),
    reasons: Object.fromEntries(reasons),
  };
}

const instanceOf = (one: MigInstance) => ({
  ...{ uuid: one.uuid, profile: one.profile, gpu_instance: one.gpuInstance, compute_instance: one.computeInstance },
  ...{ memory_total_mib: one.memoryTotalMiB, memory_used_mib: one.memoryUsedMiB },
});

const processOf = (one: GpuProcess) => ({
  ...{ gpu_uuid: one.gpuUuid, pid: one.pid, name: one.name, user: one.user, used_memory_mib: one.usedMiB },
  since: one.since === null ? null : new Date(one.since).toISOString(),
  ...{ type: one.kind, command: one.command, container: one.container?.id ?? null, mig_uuid: one.migUuid },
});

function failureOf({ state, fault }: Telemetry): TopFailure | null {
  if (state === 'asleep')
    return {
      name: 'asleep',
      said: 'The GPU sleeps, and asking would wake it.',
      remedy: 'Start something on it, then ask again.',
    };
  return state === 'failed' && fault ? { name: fault.kind, said: fault.said, remedy: remedies[fault.kind] } : null;
}

const faults: Record<GpuSample['state'], TelemetryFault> = {
  ok: 'unknown',
  lost: 'gpu_lost',
  needs_reset: 'needs_reset',
  no_permission: 'no_permission',
  unknown_error: 'unknown',
};

/** The stream goes on where every GPU is lost, and tells nothing of any. */
function allGone({ gpus }: Tick): TopFailure | null {
  const [first] = gpus;
  if (!first || gpus.some(({ state, memoryUsedMiB }) => state === 'ok' || memoryUsedMiB !== null)) return null;
  const said = gpus.map(({ index, state }) => `GPU ${index}: ${state}`).join(', ');
  return { name: faults[first.state], said: `No figure of any GPU (${said}).`, remedy: remedies[faults[first.state]] };
}

/** Asks until the signal; `onTop` gets each look, `everyMs` apart. Resolves when nvidia-smi is gone. */
export async function watchTop(
  options: { smi: SmiSource; everyMs: number; onTop(top: Top): void },
  signal: AbortSignal,
): Promise<void> {
  const { smi, everyMs, onTop } = options;
  const monitor = createGpuMonitor({ smi });
  let latest: Tick | null = null;
  let woken: () => void = () => undefined;
  const wake = () => woken();
  monitor.onTick((tick) => {
    latest = tick;
    wake();
  });
  monitor.onTelemetry(wake);
  signal.addEventListener('abort', () => {
    // What hangs is ended now, not when it has had its time.
    void monitor.stop();
    wake();
  });
  monitor.start();
  while (!signal.aborted) {
    const tick = latest as Tick | null;
    const failure = failureOf(monitor.telemetry());
    if (failure) onTop({ answer: null, failure });
    else if (tick) {
      // Asked for now: a look without its processes, or without what draws and the MIG instances, would be half a look.
      await monitor.detailed();
      const list = await monitor.processesNow().catch((error: unknown) => PanelError.from(error).message);
      if (!signal.aborted) onTop({ answer: answerOf(tick, monitor.telemetry(), list), failure: allGone(tick) });
    } else {
      await new Promise<void>((resolve) => {
        woken = resolve;
      });
      continue;
    }
    latest = null;
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  await monitor.stop();
}

/** `list`: the processes, or why there is no list. */
function answerOf(tick: Tick, telemetry: Telemetry, list: readonly GpuProcess[] | string): TopAnswer {
  const known = typeof list !== 'string';
  return {
    time: new Date(tick.time).toISOString(),
    source: telemetry.source,
    driver_version: telemetry.devices[0]?.driverVersion ?? null,
    gpus: tick.gpus.map((sample) => gpuOf(sample, telemetry)),
    processes: known ? list.map(processOf) : null,
    processes_reason: known ? null : list,
  };
}
