import { type Ending, startSmi } from './child.ts';
import { type Fault, faultOf, silent } from './faults.ts';
import { createTickParser, type RowTick } from './parser.ts';
import type { StreamField } from './row.ts';
import type { SmiCommand } from './types.ts';
import { createWatchdog } from './watchdog.ts';

export interface StreamOptions {
  smi: SmiCommand;
  periodMs: number;
  onTick(tick: RowTick): void;
  onFault(fault: Fault): void;
  /** Unix milliseconds that never go back. */
  now(): number;
}

/** The first answer can take seconds where the driver has to wake up first. */
const FIRST_MS = 15_000;
/** A row that waits for others of its tick waits no longer than this. */
const FLUSH_MS = 150;
/** Three periods, and what the queries themselves may take. */
const silenceMs = (periodMs: number) => 3 * periodMs + 1_000;

/** One nvidia-smi stream from its start to its end; tells the fault that ended it, unless the signal did. */
export async function streamOnce(
  options: StreamOptions,
  fields: readonly StreamField[],
  signal: AbortSignal,
): Promise<Ending> {
  const { smi, periodMs, onTick, onFault, now } = options;
  const words = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(periodMs)];
  const parser = createTickParser(fields);
  let flushTimer: NodeJS.Timeout | undefined;
  const flush = () => {
    const tick = parser.flush();
    if (tick) onTick(tick);
  };
  const child = startSmi(smi, words, (text) => {
    // Its last words after the watchdog's bite must not look like life.
    if (watchdog.bitten()) return;
    watchdog.heard();
    for (const tick of parser.push(text, now())) onTick(tick);
    clearTimeout(flushTimer);
    flushTimer = setTimeout(flush, FLUSH_MS);
  });
  const watchdog = createWatchdog(FIRST_MS, silenceMs(periodMs), () => {
    child.kill();
    clearTimeout(flushTimer);
    // Told now: a process that hangs in the driver may take long to die.
    if (!signal.aborted) onFault(silent);
  });
  signal.addEventListener('abort', child.end);
  if (signal.aborted) child.end();

  const ending = await child.gone;
  watchdog.stop();
  clearTimeout(flushTimer);
  signal.removeEventListener('abort', child.end);
  if (signal.aborted || watchdog.bitten()) return ending;
  flush();
  onFault(faultOf(ending, parser.said()));
  return ending;
}
