import type { PanelState } from '#contract';

/**
 * The devices that a device map can name on this machine, as torch numbers them: `cuda:0` and so on. With MIG, CUDA lists one
 * instance of one GPU and nothing else; a GPU in MIG mode without an instance is not listed.
 */
export function torchDevices({ backend, settings, telemetry }: PanelState): string[] {
  // A backend on every GPU has counted them itself, whatever its CUDA_VISIBLE_DEVICES is.
  const isOnAll = settings.running?.LBS_LOCAL_DEVICE_MAP === 'auto' && backend.limits.length > 0;
  const { devices, mig } = telemetry;
  const counted = mig.length > 0 ? 1 : devices.filter(({ migEnabled }) => migEnabled !== true).length;
  return Array.from({ length: isOnAll ? backend.limits.length : counted }, (_, index) => `cuda:${index}`);
}
