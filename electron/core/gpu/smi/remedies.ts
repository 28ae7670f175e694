import type { TelemetryFault } from '#contract';

/** What to do about each failure, for the terminal; the page has its own texts. */
export const remedies: Record<TelemetryFault, string> = {
  missing: 'Install the NVIDIA driver, or set HEADROOM_NVIDIA_SMI.',
  no_utilities: 'To use emulated GPUs instead, set HEADROOM_NVIDIA_SMI=emulator.',
  no_library: "The driver's library is missing: reinstall the NVIDIA driver completely.",
  no_driver: 'The driver is not loaded: load it (modprobe nvidia), or install it for the running kernel.',
  version_mismatch: 'The driver was updated while it was loaded: restart the machine.',
  no_devices:
    'The driver finds no GPU: check the card and its power supply, and that this user or container has access to it.',
  gpu_lost:
    'A GPU has fallen off the bus: restart the machine; if it recurs, check its power supply, temperature and seating.',
  needs_reset: 'A GPU needs a reset: stop the programs on it, then run nvidia-smi --gpu-reset, or restart the machine.',
  no_permission: 'This user may not query the driver: check the permissions of /dev/nvidia*.',
  inforom: "A GPU's infoROM is damaged: it may need repair by its vendor.",
  bad_argument: 'This nvidia-smi does not support the query: report it with the driver version.',
  slow: 'Without persistence mode each query initialises the driver again, which can take half a minute: on Linux, run sudo nvidia-smi -pm 1.',
  killed: 'Headroom starts it again. If it is killed again, look for the out-of-memory killer in dmesg.',
  silent: 'nvidia-smi hangs, and the driver may too: restart the machine if it continues.',
  unknown: 'Run nvidia-smi by hand and read its output.',
};
