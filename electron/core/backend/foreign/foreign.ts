import { get } from 'node:http';
import type { Reason } from '#contract';
import { causeOfExit, causeOfSignal } from '../reasons/exit-causes.ts';
import { causeInOutput, causeInTraceback } from '../reasons/output-causes.ts';
import { plainLines } from '../reasons/plain-lines.ts';
import { say } from '../sentences.ts';

/** A backend of another make: all that Headroom knows about it from outside. */
export interface Foreign {
  /** Answers with a status below 400 once it is ready. */
  healthUrl: string;
  /** How long it may take to exit after TERM. */
  stopMs: number;
}

const POLL_MS = 200;
const ANSWER_MS = 2_000;
const WATCH_MS = 5_000;
const MISSES_UNTIL_SILENT = 3;
const SHOWN_LINES = 20;

export function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, signal: AbortSignal.timeout(ANSWER_MS) }, (answer) => {
      resolve((answer.statusCode ?? 500) < 400);
      // The status is enough; a body may never end.
      answer.destroy();
    });
    asked.on('error', () => resolve(false));
  });
}

/** Resolves at the first answer; never where the program exits before. */
export async function waitForAnswer(healthUrl: string, signal: AbortSignal) {
  while (!signal.aborted) {
    if (await answers(healthUrl)) return { client: null, health: null, healthUrl };
    await pause(POLL_MS, signal);
  }
  return new Promise<never>(() => undefined);
}

/** Reports three missed answers in a row, and the next answer after them. A silent program is not stopped: it may be busy. */
export async function watchAnswers(
  url: string,
  onSilent: (silent: boolean) => void,
  signal: AbortSignal,
  everyMs = WATCH_MS,
): Promise<void> {
  let missed = 0;
  while (!signal.aborted) {
    await pause(everyMs, signal);
    const before = missed;
    missed = (await answers(url)) ? 0 : missed + 1;
    if (signal.aborted) return;
    if (missed === MISSES_UNTIL_SILENT) onSilent(true);
    else if (missed === 0 && before >= MISSES_UNTIL_SILENT) onSilent(false);
  }
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });

/** The causes that apply to any program; the others concern files of Headroom's own backend. */
const general: readonly Reason['code'][] = [
  'crash',
  'disk_full',
  'missing_library',
  'missing_package',
  'port_busy',
  'host_memory',
];

/** Why it exited, by its signal, exit code or output; with advice that applies to any program. */
export function foreignReason(exitCode: number | null, signal: string | null, output: string, memoryKills = 0): Reason {
  const all = plainLines(output);
  const lines = all.slice(-SHOWN_LINES);
  const found = signal || exitCode === 0 ? null : (causeInOutput(lines) ?? causeInTraceback(all));
  const byExit = signal ? causeOfSignal(signal, memoryKills) : causeOfExit(exitCode, memoryKills);
  const cause = found && general.includes(found.code) ? found : byExit;
  // A shell, Python and argparse exit with 2 after a usage error: a retry would fail too.
  const code = exitCode === 2 && cause.code === 'crash' ? 'configuration' : cause.code;
  return { code, sentence: cause.sentence, advice: say('fixCommand'), exitCode, signal, lines };
}
