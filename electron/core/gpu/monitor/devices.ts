import type { GpuDevice } from '#contract';
import { busKey } from '../polling/pci.ts';
import type { Row } from '../stream/row.ts';
import { isUnified } from './unified.ts';

/** Whether these rows report the same devices as the last ones. */
export const sameDevices = (rows: readonly Row[], last: readonly Row[]): boolean =>
  rows.length === last.length &&
  rows.every(({ sample, facts }, i) => facts === last[i]?.facts && sample.uuid === last[i]?.sample.uuid);

/**
 * What does not change from sample to sample. A lost GPU keeps its name and size, and a suspended one stays in the list
 * although no row reports it. `buses`: the queried GPUs; null: all. `ramTotalMiB`: the memory of a GPU without its own.
 */
export function devicesOf(
  rows: readonly Row[],
  before: readonly GpuDevice[],
  buses: readonly string[] | null = null,
  ramTotalMiB: number | null = null,
): GpuDevice[] {
  const reported = rows.map((row) => {
    const { sample, facts, fault = null } = row;
    const known = before.find((device) => device.uuid === sample.uuid);
    // A reading that fails for a moment does not take its own memory away.
    const hasOwn = known?.unified === false && known.memoryTotalMiB !== null;
    const inRam = isUnified(row) && !hasOwn;
    const totalMiB = inRam ? ramTotalMiB && Math.round(ramTotalMiB) : facts.memoryTotalMiB;
    return {
      uuid: sample.uuid,
      index: sample.index,
      name: facts.name ?? known?.name ?? 'GPU',
      memoryTotalMiB: totalMiB ?? known?.memoryTotalMiB ?? null,
      driverVersion: facts.driverVersion ?? known?.driverVersion ?? null,
      pciBusId: facts.pciBusId ?? known?.pciBusId ?? null,
      migEnabled: facts.migEnabled ?? known?.migEnabled ?? null,
      persistence: facts.persistence ?? known?.persistence ?? null,
      computeMode: facts.computeMode ?? known?.computeMode ?? null,
      // No reason in its sample shows that it is lost.
      unified: inRam || (sample.state !== 'ok' && known?.unified === true),
      asleep: false,
      fault,
    };
  });
  const queried = buses && new Set(buses.map(busKey));
  const sleeping = before
    .filter(({ uuid, pciBusId }) => queried && pciBusId && !queried.has(busKey(pciBusId)) && !isIn(reported, uuid))
    .map((device) => ({ ...device, asleep: true }));
  return sleeping.length === 0 ? reported : [...reported, ...sleeping].sort((one, other) => one.index - other.index);
}

const isIn = (devices: readonly GpuDevice[], uuid: string) => devices.some((device) => device.uuid === uuid);
