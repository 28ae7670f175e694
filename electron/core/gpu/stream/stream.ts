import { type Fault, faultOf, silent } from '../smi/faults.ts';
import { type Ending, startSmi } from '../smi/smi-child.ts';
import type { SmiCommand } from '../types.ts';
import { createTickParser, type Names, type RowTick } from './parser.ts';
import type { StreamField } from './row.ts';
import { createWatchdog } from './watchdog.ts';

/** What a stream is to ask for. */
export interface StreamPlan {
  /** Milliseconds between two ticks. */
  periodMs: number;
  /** The PCI bus ids of the GPUs that are asked; null: all of them. */
  buses: readonly string[] | null;
}

export interface StreamOptions {
  smi: SmiCommand;
  plan: StreamPlan;
  fields: readonly StreamField[];
  onTick(tick: RowTick): void;
  /** What ended it, once, unless end() did; told before `over`, where nvidia-smi hangs and may take long to die. */
  onFault(fault: Fault): void;
  /** Called when it is over. */
  onOver(): void;
  /** Unix milliseconds that never go back. */
  now(): number;
  /** Makes the times of ticks differ. */
  stamp(time: number): number;
  /** Which GPU each index was in earlier streams. */
  names: Names;
}

export interface Stream {
  plan: StreamPlan;
  pid: number | undefined;
  /** performance.now() of its start. */
  began: number;
  hasTicked(): boolean;
  /** How it ended; null while it lives. */
  over(): Ending | null;
  /** Ends it. No tick and no fault is told any more. */
  end(): void;
}

/** The first answer can take seconds where the driver has to wake up first. */
const FIRST_MS = 15_000;
/** As long as no tick was whole yet, a row waits no longer than this for others of its tick. */
const FLUSH_MS = 150;
/** Three periods, and what the queries themselves may take. */
const silenceMs = (periodMs: number) => 3 * periodMs + 1_000;

const wordsOf = ({ periodMs, buses }: StreamPlan, fields: readonly StreamField[]) => [
  `--query-gpu=${fields.join(',')}`,
  '--format=csv,noheader,nounits',
  ...['-lms', String(periodMs)],
  ...(buses ? ['-i', buses.join(',')] : []),
];

/** Starts one nvidia-smi that tells of the GPUs every period. Never throws: a failure to start is its ending. */
export function startStream(options: StreamOptions): Stream {
  const { smi, plan, fields, onTick, onFault, onOver, now, stamp, names } = options;
  const parser = createTickParser(fields, { stamp, names });
  let ticked = false;
  let ended = false;
  let over: Ending | null = null;
  const tell = (tick: RowTick) => {
    ticked = true;
    onTick(tick);
  };
  const give = (tick: RowTick | null) => {
    if (tick && !ended) tell(tick);
  };
  const pause = () => give(parser.pause());
  let flushing: NodeJS.Timeout | undefined;
  const child = startSmi(smi, wordsOf(plan, fields), (text) => {
    // Its last words after the watchdog's bite must not look like life.
    if (ended || watchdog.bitten()) return;
    watchdog.heard();
    for (const tick of parser.push(text, now())) tell(tick);
    if (parser.knowsLength()) return;
    flushing = flushing ? flushing.refresh() : setTimeout(pause, FLUSH_MS);
  });
  const watchdog = createWatchdog(FIRST_MS, silenceMs(plan.periodMs), () => {
    child.kill();
    clearTimeout(flushing);
    if (!ended) onFault(silent);
  });
  void child.gone.then((ending) => {
    watchdog.stop();
    clearTimeout(flushing);
    if (!watchdog.bitten()) give(parser.flush());
    over = ending;
    if (!ended && !watchdog.bitten()) onFault(faultOf(ending, parser.said()));
    onOver();
  });
  return {
    plan,
    pid: child.pid,
    began: performance.now(),
    hasTicked: () => ticked,
    over: () => over,
    end() {
      ended = true;
      watchdog.stop();
      child.end();
    },
  };
}
