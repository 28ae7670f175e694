import { isDeepStrictEqual } from 'node:util';
import { PanelError, type Telemetry, type Tick } from '#contract';
import { createListeners } from '../../base/index.ts';
import { createDetails, type Details, hasMig } from '../details/details.ts';
import { watchForWake } from '../polling/machine-sleep.ts';
import { type Need, usualPeriods } from '../polling/need.ts';
import { sysfs } from '../polling/pci.ts';
import { keepLooking } from '../polling/process-polling.ts';
import { keepPlanning } from '../polling/stream-planning.ts';
import { createProcessList } from '../processes/process-list.ts';
import { type Fault, missing } from '../smi/faults.ts';
import { createHealth, noCollection } from '../stream/collection.ts';
import { keepStreaming } from '../stream/keep-streaming.ts';
import type { RowTick } from '../stream/parser.ts';
import type { Row } from '../stream/row.ts';
import { createSource, narrowed } from '../stream/source.ts';
import type { StreamPlan } from '../stream/stream.ts';
import { createClock } from '../timing/clock.ts';
import type { GpuMonitor, GpuMonitorOptions } from '../types.ts';
import { kernelLog } from '../xids/kernel-log.ts';
import { watchXids } from '../xids/watch-xids.ts';
import { gpuAtBus } from '../xids/xid.ts';
import { devicesOf, sameDevices } from './devices.ts';

/**
 * Who is on the GPUs is looked at so many times more seldom while nobody sees it: where memory has moved since, and where
 * it has not.
 */
const UNSEEN_TIMES = { moved: 3, still: 10 };

/** No figures come: what was known of the processes is of before. */
const nobodyKnown = { processes: [], processesFault: null };

/** A place of Linux that tells of the machine's own GPUs: the emulator's are none of them. */
const place = (source: Telemetry['source'], given: string | null | undefined, usual: string): string | null => {
  if (source === 'emulator') return null;
  return given === undefined && process.platform === 'linux' ? usual : (given ?? null);
};

/** Watches the GPUs through one long-lived nvidia-smi, and asks for their processes every few seconds. */
export function createGpuMonitor(options: GpuMonitorOptions): GpuMonitor {
  const { smi, locate, isOurs = () => false, roleOf = () => null, processesMs = 3_000 } = options;
  const pciRoot = place(smi.source, options.pciRoot, sysfs);
  const log = place(smi.source, options.kernelLog, kernelLog);
  const source = createSource(smi, locate);
  const ticks = createListeners<Tick>();
  const changes = createListeners<Telemetry>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let telemetry: Telemetry = {
    source: smi.source,
    path: smi.path,
    state: smi.command ? 'starting' : 'failed',
    fault: smi.command ? null : missing,
    devices: [],
    processes: [],
    processesFault: null,
    mig: [],
    xids: [],
    collection: noCollection,
  };
  let rows: readonly Row[] = [];
  let plan: StreamPlan | null = null;
  let need: Need = 'busy';
  let inSight = true;
  let running: ReturnType<typeof run> | null = null;

  const change = (patch: Partial<Telemetry>) => {
    const names = Object.keys(patch) as (keyof Telemetry)[];
    if (names.every((name) => isDeepStrictEqual(patch[name], telemetry[name]))) return;
    telemetry = { ...telemetry, ...patch };
    changes.tell(telemetry);
  };
  const onTick = ({ tick, rows: told }: RowTick) => {
    health.ticked(tick.time);
    // Most ticks change nothing here, and cost no more than this look.
    const comes = telemetry.state !== 'ok';
    const known = !comes && sameDevices(told, rows);
    rows = told;
    if (!known) {
      const { source: kind, path } = source.now();
      change({
        source: kind,
        path,
        state: 'ok',
        fault: null,
        devices: devicesOf(told, telemetry.devices, plan?.buses),
      });
    }
    running?.looking.look(told);
    // Who was there has been forgotten, and what is on the GPUs may be as it was: no memory moves.
    if (comes) running?.looking.again();
    details.look({ time: tick.time, mig: hasMig(telemetry.devices), inSight });
    ticks.tell(tick);
  };
  // Who is on the GPUs is not known any more; the devices are kept, so that the screen can name what failed.
  const onFault = (fault: Fault) => {
    change({ state: 'failed', fault, ...nobodyKnown });
    details.forget();
  };
  const onPlan = (next: StreamPlan | null, because: 'off' | 'asleep' | null) => {
    plan = next;
    health.asked(next?.periodMs ?? null);
    if (because) {
      change({ state: because, fault: null, ...nobodyKnown });
      details.forget();
    } else if (telemetry.state === 'off' || telemetry.state === 'asleep') change({ state: 'starting' });
  };
  const onList = (processes: Telemetry['processes']) => {
    // An answer that comes after nothing is asked any more tells of before.
    if (telemetry.state === 'ok') change({ processes, processesFault: null });
  };
  // A new nvidia-smi fails, as after an update of the driver, while the old stream goes on.
  const onListFault = (processesFault: Fault) => {
    if (telemetry.state === 'ok') change({ processes: [], processesFault });
  };
  const onDetails = ({ mig }: Details) => {
    change({ mig: [...mig] });
    // Listed before anybody had told on which GPU that instance is.
    if (telemetry.processes.some(({ gpuUuid }) => gpuUuid.startsWith('MIG-'))) list.now().catch(() => undefined);
  };
  const isIdle = (bus: string) => {
    if (telemetry.processesFault) return false;
    const uuid = gpuAtBus(bus, telemetry.devices);
    // A display server keeps a context on every GPU and uses most of them for nothing.
    return uuid === null || telemetry.processes.every((one) => one.gpuUuid !== uuid || one.kind === 'graphics');
  };
  const health = createHealth({
    pid: () => running?.streaming.pid(),
    onChange: (collection) => change({ collection }),
  });
  const asked = narrowed(source.command, () => plan?.buses ?? null);
  const details = createDetails({ smi: asked, onDetails, signal });
  const list = createProcessList({
    ...{ smi: asked, isOurs, roleOf, details: details.latest, signal, onList },
    onFault: onListFault,
  });

  function run() {
    const onRestart = health.restarted;
    const streaming = keepStreaming({ source, onTick, onFault, onRestart, now: createClock() }, signal);
    const follow: typeof onPlan = (next, because) => {
      onPlan(next, because);
      streaming.want(next);
    };
    const planning = keepPlanning(
      { need, periods: { ...usualPeriods, ...options.periods }, pciRoot, isIdle, onPlan: follow },
      signal,
    );
    const periodMs = () => {
      const { moved, still } = inSight ? { moved: 1, still: 1 } : UNSEEN_TIMES;
      return { moved: processesMs * moved, still: processesMs * still };
    };
    const looking = keepLooking({ isOk: () => telemetry.state === 'ok', periodMs, list: list.now, signal });
    const stopWake = watchForWake(streaming.again);
    const stopXids = log
      ? watchXids(
          log,
          () => telemetry.devices,
          (xids) => change({ xids }),
        )
      : () => undefined;
    signal.addEventListener('abort', () => {
      for (const stop of [health.stop, stopWake, stopXids]) stop();
    });
    return { streaming, planning, looking, gone: Promise.all([streaming.gone, planning.gone, looking.gone]) };
  }

  return {
    start() {
      if (running || signal.aborted) return;
      running = run();
    },
    need(level, seen = level === 'busy' || level === 'visible') {
      const comes = seen && !inSight;
      need = level;
      inSight = seen;
      running?.planning.need(level);
      if (comes) running?.looking.again();
    },
    async stop() {
      stopping.abort();
      await Promise.all([running?.gone, list.idle(), details.idle()]);
    },
    onTick: ticks.add,
    onTelemetry: changes.add,
    telemetry: () => telemetry,
    detailed: details.idle,
    async processesNow() {
      if (!source.now().command) throw new PanelError('not_ready', missing.said);
      return list.now();
    },
  };
}
