import { type GpuProcess, PanelError, type Telemetry, type Tick } from '#contract';
import { askSmi } from './child.ts';
import { missing } from './faults.ts';
import type { RowTick } from './parser.ts';
import { parseProcesses, processWords, whoAndSince } from './processes.ts';
import { keepStreaming } from './stream.ts';
import type { GpuMonitor, GpuMonitorOptions } from './types.ts';

const PROCESSES_TIMEOUT_MS = 10_000;

/** Watches the GPUs through one long-lived nvidia-smi, and asks for their processes every few seconds. */
export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  const { smi, isOurs = () => false, periodMs = 500, processesMs = 3_000 } = options;
  const tickListeners = new Set<(tick: Tick) => void>();
  const telemetryListeners = new Set<(telemetry: Telemetry) => void>();
  const stopping = new AbortController();
  // A wall clock may jump; arrival is stamped with one that only goes forward.
  const base = Date.now() - performance.now();
  const now = () => base + performance.now();
  let telemetry: Telemetry = {
    source: smi.source,
    path: smi.path,
    state: smi.command ? 'starting' : 'failed',
    fault: smi.command ? null : missing,
    devices: [],
    processes: [],
  };
  let streaming: Promise<void> = Promise.resolve();
  let looking: Promise<unknown> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;

  const change = (patch: Partial<Telemetry>) => {
    telemetry = { ...telemetry, ...patch };
    for (const listener of telemetryListeners) listener(telemetry);
  };
  const onTick = ({ tick, rows }: RowTick) => {
    const devices = rows.map((row) => ({
      uuid: row.sample.uuid,
      index: row.sample.index,
      name: row.name,
      memoryTotalMiB: row.sample.memoryTotalMiB,
      driverVersion: row.driverVersion,
    }));
    if (telemetry.state !== 'ok' || JSON.stringify(devices) !== JSON.stringify(telemetry.devices))
      change({ state: 'ok', fault: null, devices });
    for (const listener of tickListeners) listener(tick);
  };

  const processesNow = async (): Promise<GpuProcess[]> => {
    if (!smi.command) throw new PanelError('not_ready', missing.said);
    const asked = askSmi(smi.command, processWords, PROCESSES_TIMEOUT_MS);
    stopping.signal.addEventListener('abort', asked.end, { once: true });
    const { exitCode, said } = await asked.answer;
    stopping.signal.removeEventListener('abort', asked.end);
    if (exitCode !== 0) throw new PanelError('not_ready', `nvidia-smi does not answer: ${said.trim()}`);
    const found = await Promise.all(
      parseProcesses(said).map(async (one) => ({
        ...one,
        ...(await whoAndSince(one.pid)),
        ours: await isOurs(one.pid),
      })),
    );
    if (JSON.stringify(found) !== JSON.stringify(telemetry.processes)) change({ processes: found });
    return found;
  };
  const look = () => {
    // A failing nvidia-smi tells why through the stream; the list just stays as it was.
    looking = telemetry.state === 'ok' ? processesNow().catch(() => undefined) : Promise.resolve();
    void looking.then(() => {
      if (!stopping.signal.aborted) timer = setTimeout(look, telemetry.state === 'ok' ? processesMs : 250);
    });
  };

  return {
    start() {
      if (!smi.command) return;
      const onFault = (fault: NonNullable<Telemetry['fault']>) => change({ state: 'failed', fault, processes: [] });
      streaming = keepStreaming({ smi: smi.command, periodMs, onTick, onFault, now }, stopping.signal);
      look();
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await Promise.all([streaming, looking]);
    },
    onTick: (listener) => subscribe(tickListeners, listener),
    onTelemetry: (listener) => subscribe(telemetryListeners, listener),
    telemetry: () => telemetry,
    processesNow,
  };
}

function subscribe<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
