import type { Telemetry, TelemetryFault } from '#contract';

type Fault = NonNullable<Telemetry['fault']>;

const byExit: Record<number, TelemetryFault> = {
  2: 'bad_argument',
  4: 'no_permission',
  6: 'no_devices',
  9: 'no_driver',
  12: 'no_library',
  14: 'inforom',
  15: 'gpu_lost',
  18: 'version_mismatch',
  255: 'needs_reset',
};

/** nvidia-smi says everything on stdout, failures too; what it said is kept word for word. */
export function faultOf(exitCode: number | null, said: string): Fault {
  const kind = exitCode === null ? 'unknown' : (byExit[exitCode] ?? 'unknown');
  return { kind, said: said.trim(), exitCode };
}

export const missing: Fault = {
  kind: 'missing',
  said: 'No nvidia-smi was found. Install the NVIDIA driver, or name the program with HEADROOM_NVIDIA_SMI.',
  exitCode: null,
};

export const silent: Fault = {
  kind: 'silent',
  said: 'nvidia-smi stopped answering and was started again.',
  exitCode: null,
};
