import { type Fault, faultOf, quietFault, silent } from '../smi/faults.ts';
import { type Ending, startSmi } from '../smi/smi-child.ts';
import type { Patience } from '../timing/patience.ts';
import type { SmiCommand } from '../types.ts';
import { createTickParser, type Names, type RowTick } from './parser.ts';
import type { Row, StreamField } from './row.ts';
import { createWatchdog } from './watchdog.ts';

/** What a stream queries. */
export interface StreamPlan {
  /** The polling interval in milliseconds. */
  periodMs: number;
  /** The PCI bus ids of the queried GPUs, or what else identifies them for `-i`; null: all. */
  buses: readonly string[] | null;
  /** GPUs that fail alone: each sample includes these rows. */
  lost?: readonly Row[];
}

interface StreamOptions {
  smi: SmiCommand;
  plan: StreamPlan;
  fields: readonly StreamField[];
  onTick(tick: RowTick): void;
  /**
   * Called with what ended it, unless end() did; before the exit where nvidia-smi hangs and takes long to die. Called
   * earlier, too, where nvidia-smi runs without a row, which may still come.
   */
  onFault(fault: Fault): void;
  /** Called when it has exited. */
  onExit(): void;
  /** Unix milliseconds that never go back. */
  now(): number;
  /** Makes the times of samples unique. */
  stamp(time: number): number;
  /** The GPU of each index in earlier streams. */
  names: Names;
  patience: Patience;
  /** The number of GPUs per sample in the last stream of the same plan; 0: unknown. */
  length: number;
}

export interface Stream {
  plan: StreamPlan;
  pid: number | undefined;
  /** performance.now() of its start. */
  began: number;
  /** The number of GPUs per sample; 0 until it is known. */
  length(): number;
  hasTicked(): boolean;
  /** How it exited; null while it runs. */
  ending(): Ending | null;
  /** Terminates it; no further sample or fault is reported. */
  end(): void;
}

/** Until the first complete sample, a row waits this long for the others. */
const FLUSH_MS = 150;

const argsOf = ({ periodMs, buses }: StreamPlan, fields: readonly StreamField[]) => [
  `--query-gpu=${fields.join(',')}`,
  '--format=csv,noheader,nounits',
  '-lms',
  String(periodMs),
  ...(buses ? ['-i', buses.join(',')] : []),
];

/** Starts one nvidia-smi that reports the GPUs every period. Never throws: a failure to start is its ending. */
export function startStream(options: StreamOptions): Stream {
  const { smi, plan, fields, onTick, onFault, onExit, now, stamp, names, patience, length } = options;
  const parser = createTickParser(fields, { stamp, names, length });
  const began = performance.now();
  let sampledAt: number | null = null;
  let stopped = false;
  let ending: Ending | null = null;
  const report = (tick: RowTick) => {
    const at = performance.now();
    if (sampledAt !== null) patience.sampled(at - sampledAt, plan.periodMs);
    sampledAt = at;
    onTick(tick);
  };
  const flush = () => {
    const tick = parser.pause();
    if (tick && !stopped) report(tick);
  };
  let flushing: NodeJS.Timeout | undefined;
  const child = startSmi(smi, argsOf(plan, fields), (text) => {
    // Output after the watchdog has fired does not count.
    if (stopped || watchdog.fired()) return;
    const rows = parser.rows();
    const ticks = parser.push(text, now());
    if (rows === 0 && parser.rows() > 0) patience.answered(performance.now() - began);
    if (parser.rows() > rows) watchdog.fed();
    for (const tick of ticks) report(tick);
    if (parser.length() > 0 || parser.rows() === 0) return;
    flushing = flushing ? flushing.refresh() : setTimeout(flush, FLUSH_MS);
  });
  const quiet = () => quietFault([parser.otherOutput(), sampledAt === null ? child.stderr() : '']);
  const watchdog = createWatchdog({
    noticeMs: patience.noticeMs,
    firstMs: patience.firstMs(),
    silenceMs: () => patience.silenceMs(plan.periodMs),
    onQuiet: () => onFault(quiet()),
    onFire(silentMs) {
      child.kill();
      clearTimeout(flushing);
      const fault = quiet();
      const hangs = fault.kind === 'slow' && (sampledAt !== null || patience.isExhausted());
      if (sampledAt === null) patience.unanswered();
      else patience.silent(silentMs);
      if (!stopped) onFault(hangs ? silent : fault);
    },
  });
  void child.exited.then((how) => {
    watchdog.stop();
    clearTimeout(flushing);
    ending = how;
    if (!watchdog.fired() && !stopped) {
      for (const tick of parser.end(how.signal === null, now())) report(tick);
      onFault(faultOf(how, parser.otherOutput(true)));
    }
    onExit();
  });
  return {
    plan,
    pid: child.pid,
    began,
    length: parser.length,
    hasTicked: () => sampledAt !== null,
    ending: () => ending,
    end() {
      stopped = true;
      watchdog.stop();
      child.end();
    },
  };
}
