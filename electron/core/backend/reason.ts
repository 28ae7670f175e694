import type { Reason } from '#contract';
import type { TerminalExit } from './terminal.ts';

/** The backend's word for "the environment is wrong": one sentence on stderr, never retried. */
const CONFIGURATION_EXIT = 2;

/** Why a backend that was not asked to end has ended, for a person. */
export function exitReason(exit: TerminalExit, lines: readonly string[]): Reason {
  const base = { ...exit, lines: [...lines] };
  const last = (lines.at(-1) ?? '').trim();
  const lacking = lines.map((line) => /ModuleNotFoundError: No module named '([^']+)'/.exec(line)?.[1]).find(Boolean);
  if (exit.exitCode === CONFIGURATION_EXIT) return { ...base, ...configuration(last) };
  if (lacking) return { ...base, code: 'missing_package', message: lackingSentence(lacking) };
  if (exit.signal !== null) return { ...base, code: 'crash', message: signalSentence(exit.signal) };
  if (exit.exitCode === 0)
    return { ...base, code: 'crash', message: 'The backend ended by itself, without an error: somebody asked it to.' };
  const why = last === '' ? 'It printed nothing.' : `Its last line: ${last}`;
  return { ...base, code: 'crash', message: `The backend ended with exit code ${exit.exitCode}. ${why}` };
}

function configuration(last: string): Pick<Reason, 'code' | 'message'> {
  const bare = last.replace(/^(headroom|error|configuration error):\s*/i, '');
  const message = bare === '' ? 'The backend refused its settings and did not say why.' : capital(bare);
  if (/\blacks?\b/.test(bare) && /\bpython\b/i.test(bare)) return { code: 'missing_package', message };
  if (/\bport \d+\b.*\b(in use|busy|taken|cannot be used)\b/i.test(bare)) return { code: 'port_busy', message };
  return { code: 'configuration', message };
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const lackingSentence = (name: string) =>
  `The backend's Python lacks the package ${name}: run \`npm run setup\`, or install it in the Python that HEADROOM_PYTHON names.`;

const signalSentence = (signal: string) =>
  signal === 'SIGKILL'
    ? 'The backend was killed (SIGKILL): by a person, or by the system because memory ran out.'
    : `The backend was ended by the signal ${signal}.`;

/** A backend that never came to be. */
export const noStart = (code: Reason['code'], message: string): Reason => ({
  code,
  message,
  exitCode: null,
  signal: null,
  lines: [],
});

/** Processes that nobody could end: starting another backend beside them is refused. */
export const stuckReason = (survivors: readonly string[], exit: TerminalExit): Reason => ({
  code: 'stuck',
  message: `Parts of the backend cannot be ended (a GPU driver may hold them): ${survivors[0] ?? ''} End them by hand, then start again.`,
  ...exit,
  lines: [...survivors],
});
