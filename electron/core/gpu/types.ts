import type { GpuProcess, Telemetry, Tick } from '#contract';
import type { Environment } from '../base/index.ts';
import type { Ram } from './monitor/unified.ts';
import type { Need, Periods } from './polling/need.ts';
import type { CardTrace } from './smi/card-trace.ts';
import type { PatienceOptions } from './timing/patience.ts';

/** How to start nvidia-smi or the emulator: `args` precede nvidia-smi's own arguments. */
export interface SmiCommand {
  command: string;
  args: readonly string[];
  /** The complete environment of the child. */
  env: Environment;
}

export interface SmiSource {
  source: Telemetry['source'];
  /** The executable, for display. */
  path: string | null;
  /** Null where there is no nvidia-smi. */
  command: SmiCommand | null;
  /** Where there is none: what shows that the machine has a GPU nevertheless. */
  trace?: CardTrace;
}

/** For a GPU that makes nvidia-smi fail as a whole, in milliseconds. */
export interface SurvivorTimes {
  /** How soon all GPUs together are queried again. */
  againMs: number;
  /** How long one GPU may take to answer. */
  answerMs: number;
}

export interface GpuMonitorOptions {
  /** From locateSmi(). */
  smi: SmiSource;
  /** Searches again where nvidia-smi is missing: it may be installed later, or move with an update. */
  locate?: () => SmiSource;
  /** Whether this process belongs to the backend that this panel started. */
  isOurs?: (pid: number) => boolean | Promise<boolean>;
  /** The role of our own process as the backend reports it; null: by its command line. */
  roleOf?: (pid: number) => GpuProcess['role'];
  /** Polling intervals in milliseconds, by need; the defaults are 500, 2000 and 5000. */
  periods?: Partial<Periods>;
  /** How long nvidia-smi may take to answer, in milliseconds. */
  patience?: Partial<PatienceOptions>;
  survivorTimes?: Partial<SurvivorTimes>;
  /** The polling interval of the process list in milliseconds. */
  processesMs?: number;
  /** System RAM, which is the memory of a GPU without its own; absent: such a GPU reports none. */
  ram?: () => Ram;
  /** The folder with the power states of PCI devices; null: not read. Defaults to sysfs on Linux. */
  pciRoot?: string | null;
  /** How soon a GPU that resumes or suspends is noticed, in milliseconds. */
  pciMs?: number;
  /** The kernel log with the driver's errors; null: not read. Defaults to /dev/kmsg on Linux. */
  kernelLog?: string | null;
}

export interface GpuMonitor {
  /** Starts watching; failures are reported through telemetry() and retried. Never throws. */
  start(): void;
  /**
   * Sets how often samples are needed: `busy` (a focused page, or a run in progress), the initial value, `visible`,
   * `hidden` or `off`. Faster applies at once, slower after some seconds; the old stream continues until the new one has
   * given a sample. While no page is visible, the process list is polled less often even in a run, which polling slows down.
   */
  need(need: Need, visible?: boolean): void;
  /** Other polling intervals in milliseconds, from the next plan on, which follows at once. */
  rates(periods: Partial<Periods>): void;
  /** Terminates every child and resolves when all have exited. */
  stop(): Promise<void>;
  /** Each sample as it arrives; `ours` is null in it. Returns a function that stops listening. */
  onTick(listener: (tick: Tick) => void): () => void;
  /** Called after each change of telemetry(). */
  onTelemetry(listener: (telemetry: Telemetry) => void): () => void;
  /** Immutable; a new object after each change. */
  telemetry(): Telemetry;
  /** Queries now, besides the polling. Throws PanelError (`not_ready`) where nvidia-smi does not answer. */
  processesNow(): Promise<GpuProcess[]>;
  /** Resolves when a running `-q -x` query, which reports MIG and graphics programs, has answered. Never rejects. */
  detailed(): Promise<void>;
}
