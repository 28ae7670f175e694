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
/** The exit code of errors without one of their own; only the output distinguishes a needed reset. */
const OTHER_ERROR = 255;

const kindOf = (exitCode: number | null, output: string): TelemetryFault => {
  if (exitCode === OTHER_ERROR && /\breset\b/i.test(output)) return 'needs_reset';
  return exitCode === null ? 'unknown' : (byExitCode[exitCode] ?? 'unknown');
};

/** The output of nvidia-smi verbatim; it prints errors to stdout too. */
export function faultOf(ending: Ending, stdout: string): Fault {
  const { exitCode, signal, error, stderr } = ending;
  if (error) return cannotStart(error);
  const output = stdout.trim() || stderr.trim();
  const silently = signal === null ? say('silentExit', { code: exitCode ?? 'null' }) : say('terminated', { signal });
  return { kind: kindOf(exitCode, output), sentence: output ? verbatim(output) : silently, exitCode };
}

function cannotStart(error: NodeJS.ErrnoException): Fault {
  const absent = error.code === 'ENOENT' || error.code === 'EACCES';
  const sentence = say('cannotStart', { reason: error.message });
  return { kind: absent ? 'missing' : 'unknown', sentence, exitCode: null };
}

const missing: Fault = { kind: 'missing', sentence: say('missing'), exitCode: null };

/** There is no nvidia-smi: with the way to one where the machine has a GPU. */
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
