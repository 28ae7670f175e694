import type { TelemetryFault } from '#contract';

/** What to do about each failure, in one sentence: for a terminal; the page has its own words in each language. */
export const remedies: Record<TelemetryFault, string> = {
  missing: 'Install the NVIDIA driver, or name the program with HEADROOM_NVIDIA_SMI.',
  no_library: "The driver's library is missing: install the NVIDIA driver whole.",
  no_driver: 'The driver is not loaded: load it (modprobe nvidia), or install it for the kernel that runs.',
  version_mismatch: 'The driver was updated while it was running: restart the machine.',
  no_devices: 'The driver sees no GPU: check the card and its power, and that this user or container may see it.',
  gpu_lost: 'A GPU has fallen off the bus: restart the machine; if it comes again, check its power, heat and seat.',
  needs_reset: 'A GPU must be reset: end what uses it, then nvidia-smi --gpu-reset, or restart the machine.',
  no_permission: 'This user may not ask the driver: check the rights of /dev/nvidia*.',
  inforom: "A GPU's infoROM is damaged: it may need its maker's service.",
  bad_argument: 'This nvidia-smi does not take what it was asked: report it with the version of the driver.',
  silent: 'nvidia-smi hangs, and so may the driver: restart the machine if it stays.',
  unknown: 'Run nvidia-smi by hand and look at what it says.',
};
