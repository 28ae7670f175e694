import { type Fault, faultOf, silent } from '../smi/faults.ts';
import { type Ending, startSmi } from '../smi/smi-child.ts';
import type { SmiCommand } from '../types.ts';
import { createTickParser, type Names, type RowTick } from './parser.ts';
import type { StreamField } from './row.ts';
import { createWatchdog } from './watchdog.ts';

/** What a stream queries. */
export interface StreamPlan {
  /** The polling interval in milliseconds. */
  periodMs: number;
  /** The PCI bus ids of the queried GPUs; null: all. */
  buses: readonly string[] | null;
}

interface StreamOptions {
  smi: SmiCommand;
  plan: StreamPlan;
  fields: readonly StreamField[];
  onTick(tick: RowTick): void;
  /** Called once with what ended it, unless end() did; before the exit where nvidia-smi hangs and takes long to die. */
  onFault(fault: Fault): void;
  /** Called when it has exited. */
  onExit(): void;
  /** Unix milliseconds that never go back. */
  now(): number;
  /** Makes the times of samples unique. */
  stamp(time: number): number;
  /** The GPU of each index in earlier streams. */
  names: Names;
}

export interface Stream {
  plan: StreamPlan;
  pid: number | undefined;
  /** performance.now() of its start. */
  began: number;
  hasTicked(): boolean;
  /** How it exited; null while it runs. */
  ending(): Ending | null;
  /** Terminates it; no further sample or fault is reported. */
  end(): void;
}

/** The first sample can take seconds where the driver has to initialize. */
const FIRST_MS = 15_000;
/** Until the first complete sample, a row waits this long for the others. */
const FLUSH_MS = 150;
/** Three periods, plus time for the query itself. */
const silenceMs = (periodMs: number) => 3 * periodMs + 1_000;

const argsOf = ({ periodMs, buses }: StreamPlan, fields: readonly StreamField[]) => [
  `--query-gpu=${fields.join(',')}`,
  '--format=csv,noheader,nounits',
  '-lms',
  String(periodMs),
  ...(buses ? ['-i', buses.join(',')] : []),
];

/** Starts one nvidia-smi that reports the GPUs every period. Never throws: a failure to start is its ending. */
export function startStream(options: StreamOptions): Stream {
  const { smi, plan, fields, onTick, onFault, onExit, now, stamp, names } = options;
  const parser = createTickParser(fields, { stamp, names });
  let ticked = false;
  let stopped = false;
  let ending: Ending | null = null;
  const report = (tick: RowTick) => {
    ticked = true;
    onTick(tick);
  };
  const reportIf = (tick: RowTick | null) => {
    if (tick && !stopped) report(tick);
  };
  const flush = () => reportIf(parser.pause());
  let flushing: NodeJS.Timeout | undefined;
  const child = startSmi(smi, argsOf(plan, fields), (text) => {
    // Output after the watchdog has fired does not count.
    if (stopped || watchdog.fired()) return;
    watchdog.reset();
    for (const tick of parser.push(text, now())) report(tick);
    if (parser.knowsLength()) return;
    flushing = flushing ? flushing.refresh() : setTimeout(flush, FLUSH_MS);
  });
  const watchdog = createWatchdog(FIRST_MS, silenceMs(plan.periodMs), () => {
    child.kill();
    clearTimeout(flushing);
    if (!stopped) onFault(silent);
  });
  void child.exited.then((how) => {
    watchdog.stop();
    clearTimeout(flushing);
    if (!watchdog.fired()) reportIf(parser.flush());
    ending = how;
    if (!stopped && !watchdog.fired()) onFault(faultOf(how, parser.otherOutput()));
    onExit();
  });
  return {
    plan,
    pid: child.pid,
    began: performance.now(),
    hasTicked: () => ticked,
    ending: () => ending,
    end() {
      stopped = true;
      watchdog.stop();
      child.end();
    },
  };
}
