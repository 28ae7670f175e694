import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { PanelError, type Telemetry, type Tick } from '#contract';
import { createClock } from './clock.ts';
import { devicesOf } from './devices.ts';
import { type Fault, missing } from './faults.ts';
import { keepStreaming } from './keep-streaming.ts';
import type { RowTick } from './parser.ts';
import { createProcessList } from './process-list.ts';
import type { GpuMonitor, GpuMonitorOptions } from './types.ts';

/** How soon after the stream's first tick the processes are looked at, at the latest. */
const WAITING_MS = 250;

/** Watches the GPUs through one long-lived nvidia-smi, and asks for their processes every few seconds. */
export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  const { smi, isOurs = () => false, periodMs = 500, processesMs = 3_000 } = options;
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
    ticks.tell(tick);
  };
  // Who is on the GPUs is not known any more; the devices are kept, so that the screen can name what failed.
  const onFault = (fault: Fault) => change({ state: 'failed', fault, processes: [] });
  const onList = (processes: Telemetry['processes']) => change({ processes });
  const list = command && createProcessList({ smi: command, isOurs, signal, onList });

  const look = async () => {
    while (!signal.aborted) {
      const ok = telemetry.state === 'ok';
      // A failing nvidia-smi tells why through the stream; here the list just stays as it was.
      if (ok) await list?.now().catch(() => undefined);
      await sleep(ok ? processesMs : WAITING_MS, undefined, { signal }).catch(() => undefined);
    }
  };

  return {
    start() {
      if (!command || running || signal.aborted) return;
      const stream = { smi: command, periodMs, onTick, onFault, now: createClock() };
      running = Promise.all([keepStreaming(stream, signal), look()]);
    },
    async stop() {
      stopping.abort();
      await Promise.all([running, list?.idle()]);
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

function createListeners<T>() {
  const listeners = new Set<(value: T) => void>();
  return {
    tell(value: T) {
      for (const listener of listeners) listener(value);
    },
    add(listener: (value: T) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
