import { get } from 'node:http';
import type { Reason } from '#contract';
import { tellExit, tellSignal } from '../reasons/exit-causes.ts';
import { tellException, tellOutput } from '../reasons/output-causes.ts';
import { plainLines } from '../reasons/plain-lines.ts';

/** A backend that is not ours: all that is known of it from outside. */
export interface Foreign {
  /** Answers with a status below 400 once it is ready. */
  healthUrl: string;
  /** How long it may take to end after TERM. */
  stopMs: number;
}

const POLL_MS = 200;
const ANSWER_MS = 2_000;
const WATCH_MS = 5_000;
const SILENT_AFTER = 3;
const SHOWN = 20;

export function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = get(url, { agent: false, signal: AbortSignal.timeout(ANSWER_MS) }, (answer) => {
      resolve((answer.statusCode ?? 500) < 400);
      // The status says all; a body may have no end.
      answer.destroy();
    });
    asked.on('error', () => resolve(false));
  });
}

/** Resolves at the first answer; never where the program is gone before. */
export async function waitForAnswer(healthUrl: string, gone: AbortSignal) {
  while (!gone.aborted) {
    if (await answers(healthUrl)) return { client: null, health: null, healthUrl };
    await pause(POLL_MS, gone);
  }
  return new Promise<never>(() => undefined);
}

/** Tells when it has been silent three times in a row, and when it answers again. Silence ends nothing: it may work hard. */
export async function watchAnswers(
  url: string,
  onSilent: (silent: boolean) => void,
  gone: AbortSignal,
  everyMs = WATCH_MS,
): Promise<void> {
  let missed = 0;
  while (!gone.aborted) {
    await pause(everyMs, gone);
    const before = missed;
    missed = (await answers(url)) ? 0 : missed + 1;
    if (gone.aborted) return;
    if (missed === SILENT_AFTER) onSilent(true);
    else if (missed === 0 && before >= SILENT_AFTER) onSilent(false);
  }
}

const pause = (ms: number, gone: AbortSignal) =>
  new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      gone.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    gone.addEventListener('abort', end);
  });

const LOOK = 'Read its last lines, mend its command under Limits, Backend where that is why, then try again.';
/** What our own messages say of anybody's program; the others speak of files of ours. */
const general: readonly Reason['code'][] = [
  'crash',
  'disk_full',
  'missing_library',
  'missing_package',
  'port_busy',
  'host_memory',
];

/** Why it ended: what a signal, an exit code or a known line means. The advice is one that holds for any program. */
export function foreignReason(
  exitCode: number | null,
  signal: string | null,
  output: string,
  killsForMemory = 0,
): Reason {
  const all = plainLines(output);
  const lines = all.slice(-SHOWN);
  const found = signal || exitCode === 0 ? null : (tellOutput(lines) ?? tellException(all));
  const ended = signal ? tellSignal(signal, killsForMemory) : tellExit(exitCode, killsForMemory);
  const told = found && general.includes(found.code) ? found : ended;
  // A shell, Python and argparse all say so when they were called in a wrong way: a next try would fail as well.
  const code = exitCode === 2 && told.code === 'crash' ? 'configuration' : told.code;
  return { code, message: told.message, advice: LOOK, exitCode, signal, lines };
}
