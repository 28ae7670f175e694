import { isDeepStrictEqual } from 'node:util';
import type { MigInstance, Telemetry } from '#contract';
import { createListeners } from '../../base/index.ts';
import { type Fault, missingFault } from '../smi/faults.ts';
import { noCollection } from '../stream/collection.ts';
import type { Row } from '../stream/row.ts';
import type { SmiSource } from '../types.ts';
import { devicesOf, sameDevices } from './devices.ts';

/** Without samples the process list is out of date. */
const noProcesses = { processes: [], processesFault: null };

const initialTelemetry = (smi: SmiSource): Telemetry => ({
  source: smi.source,
  path: smi.path,
  state: smi.command ? 'starting' : 'failed',
  fault: smi.command ? null : missingFault(smi),
  devices: [],
  processes: [],
  processesFault: null,
  mig: [],
  xids: [],
  collection: noCollection,
});

/** The monitor's state and its transitions. Listeners hear of actual changes only. */
export function createTelemetryState(smi: SmiSource) {
  const listeners = createListeners<Telemetry>();
  let telemetry = initialTelemetry(smi);
  let rows: readonly Row[] = [];
  let hasList = false;

  const change = (patch: Partial<Telemetry>) => {
    const names = Object.keys(patch) as (keyof Telemetry)[];
    if (names.every((name) => isDeepStrictEqual(patch[name], telemetry[name]))) return;
    telemetry = { ...telemetry, ...patch };
    listeners.notify(telemetry);
  };
  const stopped = (patch: Partial<Telemetry>) => {
    hasList = false;
    change({ ...patch, ...noProcesses });
  };
  return {
    now: () => telemetry,
    /** The rows of the last sample. */
    rows: () => rows,
    onChange: listeners.add,
    change,
    /** The current process list; null where there is none yet, or it fails. */
    processes: () => (hasList && !telemetry.processesFault ? telemetry.processes : null),
    /**
     * A sample arrived. Returns whether it is the first after a pause. `buses`: the queried GPUs; null: all.
     * `ramTotalMiB`: the memory of a GPU without its own.
     */
    sampled(
      sampled: readonly Row[],
      { source, path }: SmiSource,
      buses: readonly string[] | null,
      ramTotalMiB: number | null,
    ): boolean {
      // Most samples change nothing here and cost only this comparison.
      const resumed = telemetry.state !== 'ok';
      const unchanged = !resumed && sameDevices(sampled, rows);
      rows = sampled;
      if (unchanged) return false;
      const devices = devicesOf(sampled, telemetry.devices, buses, ramTotalMiB);
      change({ source, path, state: 'ok', fault: null, devices });
      return resumed;
    },
    /** The devices stay, so that the screen can name what failed. */
    failed: (fault: Fault) => stopped({ state: 'failed', fault }),
    paused: (state: 'off' | 'asleep') => stopped({ state, fault: null }),
    resuming() {
      if (telemetry.state === 'off' || telemetry.state === 'asleep') change({ state: 'starting' });
    },
    /** A list that arrives after polling stopped is out of date. */
    listed(processes: Telemetry['processes']) {
      if (telemetry.state !== 'ok') return;
      hasList = true;
      change({ processes, processesFault: null });
    },
    /** A new nvidia-smi may fail while the old stream continues, for example after a driver update. */
    listFailed(processesFault: Fault) {
      if (telemetry.state === 'ok') change({ processes: [], processesFault });
    },
    divided: (mig: readonly MigInstance[]) => change({ mig: [...mig] }),
  };
}
