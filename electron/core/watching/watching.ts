import {
  type Alert,
  type BackendMemory,
  type EventKind,
  type Health,
  limitInForce,
  type PanelState,
  type Run,
  type TimelineEvent,
} from '#contract';
import { alertHandlers, createAlerts } from '../alerts/index.ts';
import { createListeners, createStream } from '../base/index.ts';
import { createGpuMonitor, type GpuMonitorOptions, mergeOwnShare, shareByProcesses } from '../gpu/index.ts';
import type { History } from '../history/index.ts';
import { createHostWatch } from '../host/index.ts';
import { createAttention } from './attention.ts';
import { type ModelHeld, modelEvents } from './model-events.ts';
import { createTelemetryEvents } from './telemetry-events.ts';

export interface WatchingParts {
  gpu: GpuMonitorOptions;
  history: History;
  alertsFile: string;
  state(): PanelState;
  onState(listener: (state: PanelState) => void): void;
  set(change: Partial<PanelState>): void;
  /** Of the supervised backend, or of the one that is followed. */
  health(): Health | null;
  memory(): BackendMemory | null;
  /** A backend that is not ours tells nothing of its memory. */
  isForeign(): boolean;
  run(): Run | null;
  /** One line into the log that the person reads. */
  say(line: string): void;
}

/** How old the machine's own memory may be: a dozen small files are read for it. */
const HOST_MS = { seen: 2_000, unseen: 10_000 };

/** What is measured and what follows from it: ticks, history, alerts, events, and how often to ask. */
export async function createWatching(parts: WatchingParts) {
  const { history, state } = parts;
  const monitor = createGpuMonitor(parts.gpu);
  const ticks = createStream<'ticks'>(() => history.ticks());
  const pids = () => [state().backend.pid, parts.health()?.worker.pid].filter((pid) => typeof pid === 'number');
  const host = createHostWatch({
    pids: () => [...new Set(pids())],
    freshMs: () => (attention.inSight() ? HOST_MS.seen : HOST_MS.unseen),
  });
  const toTell = createListeners<Alert>();

  const addEvent = (event: TimelineEvent) => {
    history.addEvent(event);
    parts.set({ events: [...history.events()] });
  };
  const event = (kind: EventKind, text: string, more: Pick<TimelineEvent, 'gpuUuid' | 'ref'> = {}) =>
    addEvent({ time: Date.now(), kind, text, ...more });

  const alerts = await createAlerts({
    file: parts.alertsFile,
    look: () => ({
      telemetry: monitor.telemetry(),
      limit: limitInForce(state()),
      worker: parts.health()?.worker.state ?? null,
      run: parts.run() !== null,
    }),
    onChange: (next) => parts.set({ alerts: next }),
    onRaised(alert, notify) {
      event('alert', alert.message, { gpuUuid: alert.gpuUuid, ref: alert.id });
      parts.say(`[Headroom] Alert: ${alert.message}`);
      if (notify) toTell.tell(alert);
    },
  });
  const attention = createAttention(
    () => ({
      phase: state().backend.phase,
      working: parts.run() !== null || parts.health()?.worker.state === 'loading',
      clearing: state().clearing?.active ?? false,
    }),
    monitor.need,
  );

  let held: ModelHeld = null;
  const watchTelemetry = createTelemetryEvents(event);
  monitor.onTelemetry((telemetry) => {
    parts.set({ telemetry });
    watchTelemetry(telemetry);
  });
  monitor.onTick((raw) => {
    const { processes, processesFault } = monitor.telemetry();
    const merged = parts.isForeign()
      ? shareByProcesses(raw, processesFault ? null : processes)
      : mergeOwnShare(raw, parts.memory());
    const tick = { ...merged, host: host.sample() };
    history.addTick(tick);
    if (!processesFault) history.addProcesses(tick.time, processes);
    ticks.push(tick);
    alerts.tick(tick);
    held = modelEvents(held, parts.memory(), parts.run(), event);
  });

  return {
    ticks,
    event,
    addEvent,
    attention,
    telemetry: monitor.telemetry,
    processesNow: monitor.processesNow,
    alertHandlers: alertHandlers(alerts),
    alertsState: alerts.state,
    notice: alerts.notice,
    onAlert: toTell.add,
    start() {
      parts.onState(attention.look);
      attention.look();
      monitor.start();
      alerts.start();
    },
    async stop() {
      alerts.stop();
      await monitor.stop();
    },
  };
}
