import { constants } from 'node:os';
import { type Telemetry, type TelemetryFault, verbatim } from '#contract';
import { say } from '../sentences.ts';
import type { SmiSource } from '../types.ts';
import type { Ending } from './smi-child.ts';

export type Fault = NonNullable<Telemetry['fault']>;

const byExitCode: Record<number, TelemetryFault> = {
  2: 'bad_argument',
  4: 'no_permission',
  6: 'no_devices',
  9: 'no_driver',
  12: 'no_library',
  14: 'inforom',
  15: 'gpu_lost',
  18: 'version_mismatch',
};

/** By the output, if the exit code is the one for any error, or nvidia-smi still runs. */
const byOutput: readonly [RegExp, TelemetryFault][] = [
  [/couldn't find libnvidia-ml/i, 'no_library'],
  [/couldn't communicate with the NVIDIA driver/i, 'no_driver'],
  [/library version mismatch/i, 'version_mismatch'],
  [/no devices were found/i, 'no_devices'],
  [/GPU is lost|device handle for .*unknown error/i, 'gpu_lost'],
  [/\breset\b/i, 'needs_reset'],
  [/insufficient permissions/i, 'no_permission'],
];

const kindOf = (exitCode: number | null, output: string): TelemetryFault =>
  byExitCode[exitCode ?? -1] ?? byOutput.find(([pattern]) => pattern.test(output))?.[1] ?? 'unknown';

/** A shell that started nvidia-smi exits with 128 plus the number of the signal. */
const BY_SIGNAL = 128;
const signalOf = ({ exitCode, signal }: Ending): string | null =>
  signal ??
  Object.entries(constants.signals).find(([, number]) => exitCode !== null && exitCode === BY_SIGNAL + number)?.[0] ??
  null;

/** What nvidia-smi wrote, by channel, as one text. */
const joined = (texts: readonly string[]) =>
  texts
    .map((text) => text.trim())
    .filter((text) => text !== '')
    .join('\n');

/** The output of nvidia-smi verbatim; it prints errors to stdout, but a wrapper or a library may use stderr. */
export function faultOf(ending: Ending, stdout: string): Fault {
  const { exitCode, error, stderr } = ending;
  if (error) return cannotStart(error);
  const output = joined([stdout, stderr]);
  const signal = signalOf(ending);
  if (signal !== null) {
    const sentence = output ? say('killedOutput', { signal, output }) : say('killed', { signal });
    return { kind: 'killed', sentence, exitCode };
  }
  const sentence = output ? verbatim(output) : say('silentExit', { code: exitCode ?? 'null' });
  return { kind: kindOf(exitCode, output), sentence, exitCode };
}

/** nvidia-smi runs, but reports no GPU: its output, or that it is slow. */
export function quietFault(outputs: readonly string[]): Fault {
  const output = joined(outputs);
  return output
    ? { kind: kindOf(null, output), sentence: say('noRows', { output }), exitCode: null }
    : { kind: 'slow', sentence: say('slow'), exitCode: null };
}

function cannotStart(error: NodeJS.ErrnoException): Fault {
  const absent = error.code === 'ENOENT' || error.code === 'EACCES';
  const sentence = say('cannotStart', { reason: error.message });
  return { kind: absent ? 'missing' : 'unknown', sentence, exitCode: null };
}

const missing: Fault = { kind: 'missing', sentence: say('missing'), exitCode: null };

/** There is no nvidia-smi; says how to get it if the machine has a GPU. */
export function missingFault({ trace }: SmiSource): Fault {
  if (!trace) return missing;
  const remedy = {
    driver: say('installUtilities'),
    no_driver: say('installDriver'),
    wsl: say('installInWindows'),
    jetson: say('upgradeJetPack'),
    windows: say('reinstallDriver'),
  }[trace.kind];
  return { kind: 'no_utilities', sentence: say('cardWithoutSmi', { trace: trace.path, remedy }), exitCode: null };
}

export const silent: Fault = { kind: 'silent', sentence: say('stalled'), exitCode: null };
export const tooOld: Fault = { kind: 'unknown', sentence: say('tooOld'), exitCode: 0 };
