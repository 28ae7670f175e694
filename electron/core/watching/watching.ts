import { limitInForce, type Run } from '#contract';
import { type Alerts, createAlerts } from '../alerts/index.ts';
import { createStream, type Saving } from '../base/index.ts';
import {
  createGpuMonitor,
  type GpuMonitorOptions,
  mergeOwnShare,
  shareByProcesses,
  withNewerShare,
} from '../gpu/index.ts';
import type { History } from '../history/index.ts';
import { createHostWatch } from '../host/index.ts';
import type { Hub } from '../state/index.ts';
import type { BackendReports } from '../supervision/index.ts';
import { createAttention } from './attention.ts';
import { type LoadedModels, modelEvents } from './model-events.ts';
import { createRates } from './rates.ts';
import { createTelemetryEvents } from './telemetry-events.ts';
import type { Timeline } from './timeline.ts';
import { withLimit } from './with-limit.ts';

interface WatchingParts {
  gpu: GpuMonitorOptions;
  history: History;
  timeline: Timeline;
  /** The files with the alert settings and the polling intervals. */
  paths: { alerts: string; polling: string };
  saving: Saving;
  hub: Hub;
  /** Of the supervised backend, or of the one started by hand that is watched. */
  reports: Readonly<BackendReports>;
  /** The run in progress, or null. */
  run(): Run | null;
  /** Writes one line into the log that the person reads. */
  writeLine(line: string): void;
}

/** How old a sample of system RAM may be, in milliseconds: each one reads a dozen small files. */
const HOST_MS = { inSight: 2_000, outOfSight: 10_000 };

/** Telemetry and what follows from it: ticks, history, alerts and timeline events, at the polling interval that attention requires. */
export async function createWatching(parts: WatchingParts) {
  const { hub, history, timeline, reports } = parts;
  const rates = await createRates({
    file: parts.paths.polling,
    saving: parts.saving,
    onChange(polling) {
      monitor.rates(polling);
      hub.set({ polling });
    },
  });
  // What a benchmark gives wins.
  const periods = { ...rates.now(), ...parts.gpu.periods };
  const monitor = createGpuMonitor({ ...parts.gpu, periods, ram: () => host.sample() });
  const ticks = createStream<'ticks'>(() => history.ticks());
  const attention = createAttention(() => activity(parts), monitor.need);
  const host = createHostWatch({
    pids: () => {
      const known = [hub.state().backend.pid, reports.health?.worker.pid, ...(reports.health?.tracers ?? [])];
      return [...new Set(known.filter((pid) => typeof pid === 'number'))];
    },
    freshMs: () => (attention.inSight() ? HOST_MS.inSight : HOST_MS.outOfSight),
  });
  const alerts = await openAlerts(parts, monitor);

  let loaded: LoadedModels = null;
  const markTelemetry = createTelemetryEvents(timeline.mark);
  monitor.onTelemetry((telemetry) => {
    hub.set({ telemetry });
    markTelemetry(telemetry);
  });
  monitor.onTick((raw) => {
    const { processes, processesFault, devices } = monitor.telemetry();
    const merged = reports.foreign
      ? shareByProcesses(raw, processesFault ? null : processes)
      : mergeOwnShare(raw, reports.memory);
    const tick = { ...withLimit(withNewerShare(merged, devices), hub.state()), host: host.sample() };
    history.addTick(tick);
    if (!processesFault) history.addProcesses(tick.time, processes);
    ticks.push(tick);
    alerts.tick(tick);
    loaded = modelEvents(loaded, reports.memory, parts.run(), timeline.mark);
  });
  hub.set({ telemetry: monitor.telemetry(), alerts: alerts.state(), polling: rates.now() });

  return {
    ticks,
    alerts,
    rates,
    attend: attention.attend,
    processesNow: monitor.processesNow,
    start() {
      hub.onState(attention.update);
      attention.update();
      monitor.start();
      alerts.start();
    },
    async stop() {
      alerts.stop();
      await monitor.stop();
    },
  };
}

/** What keeps telemetry at its full rate whether or not a page is visible. */
const activity = ({ hub, reports, run }: WatchingParts) => ({
  phase: hub.state().backend.phase,
  working: run() !== null || reports.health?.worker.state === 'loading',
  clearing: hub.state().clearing?.active ?? false,
});

/** Each new alert is marked on the timeline and written into the log. */
function openAlerts(
  { paths, history, saving, hub, reports, run, timeline, writeLine }: WatchingParts,
  monitor: ReturnType<typeof createGpuMonitor>,
): Promise<Alerts> {
  return createAlerts({
    file: paths.alerts,
    lastKnown: history.lastKnown,
    saving,
    view: () => ({
      telemetry: monitor.telemetry(),
      limit: limitInForce(hub.state()),
      worker: reports.health?.worker.state ?? null,
      run: run() !== null,
    }),
    onChange: (next) => hub.set({ alerts: next }),
    onRaised(alert) {
      const { gpuUuid, id: ref, sentence } = alert;
      timeline.mark('alert', sentence.text, { gpuUuid, ref, sentence });
      writeLine(`Alert: ${sentence.text}`);
    },
  });
}
