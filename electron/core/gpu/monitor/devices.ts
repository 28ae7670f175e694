import type { GpuDevice } from '#contract';
import { busKey } from '../polling/pci.ts';
import type { Row } from '../stream/row.ts';

/** Do these rows say of the GPUs what the last ones said? Then there is nothing to make anew. */
export const sameDevices = (rows: readonly Row[], last: readonly Row[]): boolean =>
  rows.length === last.length &&
  rows.every(({ sample, facts }, i) => facts === last[i]?.facts && sample.uuid === last[i]?.sample.uuid);

/**
 * What does not change from tick to tick. A GPU that is lost keeps the name and the size that it had, and one that sleeps
 * is there though no row tells of it. `buses`: those that are asked; null: all.
 */
export function devicesOf(
  rows: readonly Row[],
  before: readonly GpuDevice[],
  buses: readonly string[] | null = null,
): GpuDevice[] {
  const told = rows.map(({ sample, facts }) => {
    const known = before.find((device) => device.uuid === sample.uuid);
    return {
      uuid: sample.uuid,
      index: sample.index,
      name: facts.name ?? known?.name ?? 'GPU',
      memoryTotalMiB: facts.memoryTotalMiB ?? known?.memoryTotalMiB ?? null,
      driverVersion: facts.driverVersion ?? known?.driverVersion ?? null,
      pciBusId: facts.pciBusId ?? known?.pciBusId ?? null,
      migEnabled: facts.migEnabled ?? known?.migEnabled ?? null,
      persistence: facts.persistence ?? known?.persistence ?? null,
      computeMode: facts.computeMode ?? known?.computeMode ?? null,
      asleep: false,
    };
  });
  const asked = buses && new Set(buses.map(busKey));
  const sleeping = before
    .filter(({ uuid, pciBusId }) => asked && pciBusId && !asked.has(busKey(pciBusId)) && !isIn(told, uuid))
    .map((device) => ({ ...device, asleep: true }));
  return sleeping.length === 0 ? told : [...told, ...sleeping].sort((one, other) => one.index - other.index);
}

const isIn = (devices: readonly GpuDevice[], uuid: string) => devices.some((device) => device.uuid === uuid);
