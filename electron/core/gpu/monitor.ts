import { isDeepStrictEqual } from 'node:util';
import { PanelError, type Telemetry, type Tick } from '#contract';
import { createClock } from './clock.ts';
import { createDetails, type Details, hasMig } from './details.ts';
import { devicesOf } from './devices.ts';
import { type Fault, missing } from './faults.ts';
import { keepStreaming } from './keep-streaming.ts';
import { createListeners } from './listeners.ts';
import { keepLooking } from './looking.ts';
import type { RowTick } from './parser.ts';
import { createProcessList } from './process-list.ts';
import type { GpuMonitor, GpuMonitorOptions } from './types.ts';

/** Watches the GPUs through one long-lived nvidia-smi, and asks for their processes every few seconds. */
export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  const { smi, isOurs = () => false, roleOf = () => null, periodMs = 500, processesMs = 3_000 } = options;
  const { command } = smi;
  const ticks = createListeners<Tick>();
  const changes = createListeners<Telemetry>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let telemetry: Telemetry = {
    source: smi.source,
    path: smi.path,
    state: command ? 'starting' : 'failed',
    fault: command ? null : missing,
    devices: [],
    processes: [],
    mig: [],
    xids: [],
    collection: { askedMs: null, reachedMs: null, lastAt: null, restarts: 0, costPercent: null },
  };
  let running: Promise<unknown> | null = null;

  const change = (patch: Partial<Telemetry>) => {
    const next = { ...telemetry, ...patch };
    if (isDeepStrictEqual(next, telemetry)) return;
    telemetry = next;
    changes.tell(telemetry);
  };
  const onTick = ({ tick, rows }: RowTick) => {
    change({ state: 'ok', fault: null, devices: devicesOf(rows, telemetry.devices) });
    details?.look({ time: tick.time, mig: hasMig(telemetry.devices), inSight: true });
    ticks.tell(tick);
  };
  // Who is on the GPUs is not known any more; the devices are kept, so that the screen can name what failed.
  const onFault = (fault: Fault) => {
    change({ state: 'failed', fault, processes: [] });
    details?.forget();
  };
  const onList = (processes: Telemetry['processes']) => change({ processes });
  const onDetails = ({ mig }: Details) => {
    change({ mig: [...mig] });
    // Listed before anybody had told on which GPU that instance is.
    if (telemetry.processes.some(({ gpuUuid }) => gpuUuid.startsWith('MIG-'))) list?.now().catch(() => undefined);
  };
  const details = command && createDetails({ smi: command, onDetails, signal });
  const list =
    command && details && createProcessList({ smi: command, isOurs, roleOf, details: details.latest, signal, onList });

  return {
    start() {
      if (!command || !list || running || signal.aborted) return;
      const stream = { smi: command, periodMs, onTick, onFault, now: createClock() };
      const isOk = () => telemetry.state === 'ok';
      const looking = keepLooking({ isOk, periodMs: () => processesMs, list: list.now, signal });
      running = Promise.all([keepStreaming(stream, signal), looking]);
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, list?.idle(), details?.idle()]);
    },
    onTick: ticks.add,
    onTelemetry: changes.add,
    telemetry: () => telemetry,
    async processesNow() {
      if (!list) throw new PanelError('not_ready', missing.said);
      return list.now();
    },
  };
}
