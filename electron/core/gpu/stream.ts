import type { Telemetry } from '#contract';
import { askSmi, type SmiChild, startSmi } from './child.ts';
import { faultOf, silent } from './faults.ts';
import { isEnough, negotiate } from './negotiate.ts';
import { createTickParser, type RowTick, type StreamField } from './parser.ts';
import type { SmiCommand } from './types.ts';

export interface StreamOptions {
  smi: SmiCommand;
  periodMs: number;
  onTick(tick: RowTick): void;
  onFault(fault: NonNullable<Telemetry['fault']>): void;
  /** Unix milliseconds that never go back. */
  now(): number;
}

const HELP_TIMEOUT_MS = 15_000;
const FLUSH_MS = 150;
const RETRY_MS = 3_000;

/** Keeps one nvidia-smi stream alive until the signal; resolves when the last child is gone. */
export async function keepStreaming(options: StreamOptions, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const fields = await agree(options, signal);
    if (fields && !signal.aborted) await streamOnce(options, fields, signal);
    await pause(RETRY_MS, signal);
  }
}

async function agree({ smi, onFault }: StreamOptions, signal: AbortSignal): Promise<StreamField[] | null> {
  const asked = askSmi(smi, ['--help-query-gpu'], HELP_TIMEOUT_MS);
  signal.addEventListener('abort', asked.end, { once: true });
  const { exitCode, said } = await asked.answer;
  signal.removeEventListener('abort', asked.end);
  const fields = negotiate(said);
  if (exitCode === 0 && isEnough(fields)) return fields;
  if (!signal.aborted) onFault(faultOf(exitCode, said));
  return null;
}

function streamOnce(options: StreamOptions, fields: StreamField[], signal: AbortSignal): Promise<void> {
  const { smi, periodMs, onTick, onFault, now } = options;
  const words = [`--query-gpu=${fields.join(',')}`, '--format=csv,noheader,nounits', '-lms', String(periodMs)];
  const child = startSmi(smi, words);
  const parser = createTickParser(fields);
  let said = '';
  let ticks = 0;
  let flushTimer: NodeJS.Timeout | undefined;
  let gaveUp = false;
  const deliver = (tick: RowTick) => {
    ticks += 1;
    onTick(tick);
  };
  const watchdog = setInterval(() => {
    gaveUp = true;
    child.kill('SIGKILL');
  }, silenceMs(periodMs));

  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    watchdog.refresh();
    if (ticks === 0) said = (said + text).slice(-4_000);
    for (const tick of parser.push(text, now())) deliver(tick);
    // Until the number of GPUs is known, the last one's row would wait for the next tick.
    clearTimeout(flushTimer);
    flushTimer = setTimeout(() => {
      const tick = parser.flush();
      if (tick) deliver(tick);
    }, FLUSH_MS);
  });

  const end = () => endChild(child);
  signal.addEventListener('abort', end, { once: true });
  return new Promise((resolve) => {
    const finish = (exitCode: number | null, text: string) => {
      clearInterval(watchdog);
      clearTimeout(flushTimer);
      signal.removeEventListener('abort', end);
      if (!signal.aborted) onFault(gaveUp ? silent : faultOf(exitCode, text || 'nvidia-smi ended without a word.'));
      resolve();
    };
    child.on('error', (error) => finish(null, error.message));
    child.on('close', (code) => finish(code, ticks === 0 ? said : ''));
  });
}

/** The first answer may take over a second where the driver has to wake; three periods are the measure after that. */
const silenceMs = (periodMs: number) => Math.max(10_000, 3 * periodMs);

function endChild(child: SmiChild): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), 1_000).unref();
}

const pause = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
