import type { GpuDevice } from '#contract';
import type { Row } from './row.ts';

/** What does not change from tick to tick. A GPU that is lost keeps the name and the size that it had. */
export function devicesOf(rows: readonly Row[], before: readonly GpuDevice[]): GpuDevice[] {
  return rows.map(({ sample, name, driverVersion, ...rest }) => {
    const known = before.find((device) => device.uuid === sample.uuid);
    return {
      uuid: sample.uuid,
      index: sample.index,
      name: name ?? known?.name ?? 'GPU',
      memoryTotalMiB: sample.memoryTotalMiB ?? known?.memoryTotalMiB ?? null,
      driverVersion: driverVersion ?? known?.driverVersion ?? null,
      pciBusId: rest.pciBusId ?? known?.pciBusId ?? null,
      migEnabled: rest.migEnabled ?? known?.migEnabled ?? null,
      persistence: rest.persistence ?? known?.persistence ?? null,
      computeMode: rest.computeMode ?? known?.computeMode ?? null,
    };
  });
}
