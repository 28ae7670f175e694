import type { Telemetry, TelemetryFault } from '#contract';
import type { Ending } from './smi-child.ts';

export type Fault = NonNullable<Telemetry['fault']>;

const byExit: Record<number, TelemetryFault> = {
  2: 'bad_argument',
  4: 'no_permission',
  6: 'no_devices',
  9: 'no_driver',
  12: 'no_library',
  14: 'inforom',
  15: 'gpu_lost',
  18: 'version_mismatch',
};
/** The code of whatever has none of its own; only the words tell a reset from an unknown error. */
const ANY_EXIT = 255;

const kindOf = (exitCode: number | null, said: string): TelemetryFault => {
  if (exitCode === ANY_EXIT && /\breset\b/i.test(said)) return 'needs_reset';
  return exitCode === null ? 'unknown' : (byExit[exitCode] ?? 'unknown');
};

/** Says what nvidia-smi said, word for word; it says all on stdout, failures too. */
export function faultOf(ending: Ending, stdout: string): Fault {
  const { exitCode, error, stderr } = ending;
  if (error) return cannotStart(error);
  const said = stdout.trim() || stderr.trim() || wordless(ending);
  return { kind: kindOf(exitCode, said), said, exitCode };
}

const wordless = ({ exitCode, signal }: Ending) =>
  signal === null
    ? `nvidia-smi ended without a word (exit ${exitCode}).`
    : `nvidia-smi was ended from outside (${signal}).`;

function cannotStart(error: NodeJS.ErrnoException): Fault {
  const absent = error.code === 'ENOENT' || error.code === 'EACCES';
  const said = `nvidia-smi cannot be started (${error.message}). Mend the driver, or correct HEADROOM_NVIDIA_SMI.`;
  return { kind: absent ? 'missing' : 'unknown', said, exitCode: null };
}

export const missing: Fault = {
  kind: 'missing',
  said: 'No nvidia-smi was found. Install the NVIDIA driver, or name the program with HEADROOM_NVIDIA_SMI.',
  exitCode: null,
};

export const silent: Fault = {
  kind: 'silent',
  said: 'nvidia-smi stopped answering; it is ended and started again.',
  exitCode: null,
};

export const tooOld: Fault = {
  kind: 'unknown',
  said: 'This nvidia-smi does not list the memory of GPUs among its figures. Install a newer NVIDIA driver.',
  exitCode: 0,
};
