import { PanelError, type Telemetry, type Tick } from '#contract';
import { createListeners } from '../../base/index.ts';
import { createDetails, type Details, hasMig } from '../details/details.ts';
import { watchForWake } from '../polling/machine-sleep.ts';
import { defaultPeriods, type Need } from '../polling/need.ts';
import { awakeBuses, sysfs } from '../polling/pci.ts';
import { keepPollingProcesses } from '../polling/process-polling.ts';
import { keepPlanning } from '../polling/stream-planning.ts';
import { createProcessList } from '../processes/process-list.ts';
import { missingFault } from '../smi/faults.ts';
import { createCollection } from '../stream/collection.ts';
import { keepStreaming } from '../stream/keep-streaming.ts';
import type { RowTick } from '../stream/parser.ts';
import type { Row } from '../stream/row.ts';
import { createSource, narrowed } from '../stream/source.ts';
import type { StreamPlan } from '../stream/stream.ts';
import { idOf } from '../survivors/survivors.ts';
import { createClock } from '../timing/clock.ts';
import { createPatience } from '../timing/patience.ts';
import type { GpuMonitor, GpuMonitorOptions } from '../types.ts';
import { kernelLog } from '../xids/kernel-log.ts';
import { watchXids } from '../xids/watch-xids.ts';
import { gpuAtBus } from '../xids/xid.ts';
import { createTelemetryState } from './telemetry-state.ts';
import { isUnified, withUnifiedMemory } from './unified.ts';

/** While no page is visible, poll the process list this many times less often: after memory has moved, and otherwise. */
const HIDDEN_FACTORS = { moved: 3, still: 10 };
const VISIBLE_FACTORS = { moved: 1, still: 1 };

/** A path on Linux that describes the machine's real GPUs; null with the emulator. */
const linuxPath = (source: Telemetry['source'], given: string | null | undefined, path: string): string | null => {
  if (source === 'emulator') return null;
  return given === undefined && process.platform === 'linux' ? path : (given ?? null);
};

/** For `-i`: one GPU that is lost would make a query of all fail. `buses`: the queried GPUs; null: all. */
function answering(rows: readonly Row[], buses: readonly string[] | null): readonly string[] | null {
  const well = rows.filter(({ sample }) => sample.state !== 'lost' && sample.state !== 'needs_reset');
  return well.length === rows.length || well.length === 0 ? buses : well.map(idOf);
}

function isIdleAt(bus: string, { processes, processesFault, devices }: Telemetry): boolean {
  if (processesFault) return false;
  const uuid = gpuAtBus(bus, devices);
  // A display server keeps a context on every GPU, including unused ones.
  return uuid === null || processes.every((one) => one.gpuUuid !== uuid || one.kind === 'graphics');
}

/** Watches the GPUs through one long-lived nvidia-smi, and polls the process list every few seconds. */
export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  const { smi, locate, isOurs = () => false, roleOf = () => null, processesMs = 3_000 } = options;
  const source = createSource(smi, locate);
  const state = createTelemetryState(smi);
  const ticks = createListeners<Tick>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let plan: StreamPlan | null = null;
  let need: Need = 'busy';
  const periods = { ...defaultPeriods, ...options.periods };
  let inSight = true;
  let running: ReturnType<typeof run> | null = null;

  const onTick = ({ tick, rows }: RowTick) => {
    collection.ticked(tick.time);
    const ram = rows.some(isUnified) ? options.ram?.() : undefined;
    const resumed = state.sampled(rows, source.now(), plan?.buses ?? null, ram?.ramTotalMiB ?? null);
    running?.polling.sampled(rows);
    // The process list was cleared, and memory may not move.
    if (resumed) running?.polling.now();
    details.refresh({ time: tick.time, mig: hasMig(state.now().devices), inSight });
    ticks.notify(ram ? withUnifiedMemory(tick, rows, ram, state.processes(), state.now().devices) : tick);
  };
  const onPlan = (next: StreamPlan | null, because: 'off' | 'asleep' | null) => {
    plan = next;
    collection.requested(next?.periodMs ?? null);
    if (because) {
      state.paused(because);
      details.forget();
    } else state.resuming();
  };
  const onDetails = ({ mig }: Details) => {
    state.divided(mig);
    // The list named an instance before its GPU was known.
    if (state.now().processes.some(({ gpuUuid }) => gpuUuid.startsWith('MIG-'))) list.now().catch(() => undefined);
  };
  const isIdle = (bus: string) => isIdleAt(bus, state.now());
  const collection = createCollection({
    pid: () => running?.streaming.pid(),
    onChange: (collection) => state.change({ collection }),
  });
  const queried = narrowed(source.command, () => answering(state.rows(), running?.streaming.buses() ?? null));
  const details = createDetails({ smi: queried, onDetails, signal });
  const list = createProcessList({
    smi: queried,
    isOurs,
    roleOf,
    details: details.latest,
    signal,
    onList: state.listed,
    onFault: state.listFailed,
  });

  function run() {
    const onFault: typeof state.failed = (fault) => {
      state.failed(fault);
      details.forget();
    };
    const onRestart = collection.restarted;
    const patience = createPatience(options.patience);
    const pciRoot = linuxPath(smi.source, options.pciRoot, sysfs);
    const buses = async () => (pciRoot ? awakeBuses(pciRoot) : []);
    const streaming = keepStreaming(
      { source, onTick, onFault, onRestart, now: createClock(), patience, buses, survivorTimes: options.survivorTimes },
      signal,
    );
    const follow: typeof onPlan = (next, because) => {
      onPlan(next, because);
      streaming.want(next);
    };
    const planning = keepPlanning({ need, periods, pciRoot, pciMs: options.pciMs, isIdle, onPlan: follow }, signal);
    const periodMs = () => {
      const { moved, still } = inSight ? VISIBLE_FACTORS : HIDDEN_FACTORS;
      return { moved: processesMs * moved, still: processesMs * still };
    };
    const isOk = () => state.now().state === 'ok';
    const polling = keepPollingProcesses({ isOk, periodMs, list: list.now, signal });
    const stopWake = watchForWake(streaming.restart);
    const log = linuxPath(smi.source, options.kernelLog, kernelLog);
    const stopXids =
      log &&
      watchXids(
        log,
        () => state.now().devices,
        (xids) => state.change({ xids }),
      );
    signal.addEventListener('abort', () => {
      collection.stop();
      stopWake();
      if (stopXids) stopXids();
    });
    return { streaming, planning, polling, done: Promise.all([streaming.done, planning.done, polling.done]) };
  }

  return {
    start() {
      if (running || signal.aborted) return;
      running = run();
    },
    need(level, visible = level === 'busy' || level === 'visible') {
      const appears = visible && !inSight;
      need = level;
      inSight = visible;
      running?.planning.need(level);
      if (appears) running?.polling.now();
    },
    rates(next) {
      Object.assign(periods, next);
      running?.planning.again();
    },
    async stop() {
      stopping.abort();
      await Promise.all([running?.done, list.idle(), details.idle()]);
    },
    onTick: ticks.add,
    onTelemetry: state.onChange,
    telemetry: state.now,
    detailed: details.idle,
    async processesNow() {
      if (!source.now().command) throw new PanelError('not_ready', missingFault(source.now()).sentence);
      return list.now();
    },
  };
}
