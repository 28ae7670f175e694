import type { GpuProcess, Telemetry, Tick } from '#contract';
import type { Environment } from '../base/index.ts';
import type { Need, Periods } from './polling/need.ts';

/** How to start one nvidia-smi (or what stands in for it): `args` come before nvidia-smi's own. */
export interface SmiCommand {
  command: string;
  args: readonly string[];
  /** The whole environment of the child. */
  env: Environment;
}

export interface SmiSource {
  source: Telemetry['source'];
  /** The executable as a person would name it. */
  path: string | null;
  /** Null where there is nothing that could be asked. */
  command: SmiCommand | null;
}

export interface GpuMonitorOptions {
  /** What to ask: from locateSmi(). */
  smi: SmiSource;
  /** Looks for nvidia-smi once more, where the one to ask is not there: it may come later, or move with an update. */
  locate?: () => SmiSource;
  /** Does this process belong to the backend that we started? */
  isOurs?: (pid: number) => boolean | Promise<boolean>;
  /** What a process that is ours is to the backend, by what the backend told; null: by its own words. */
  roleOf?: (pid: number) => GpuProcess['role'];
  /** Milliseconds between two ticks, by need; 500, 2000 and 5000 where nothing else is given. */
  periods?: Partial<Periods>;
  /** Milliseconds between two looks at the processes. */
  processesMs?: number;
  /** Where the PCI devices tell whether they sleep; null: nobody is asked. Linux has a usual place. */
  pciRoot?: string | null;
  /** The kernel's log, in which the driver writes its errors; null: it is not read. Linux has a usual place. */
  kernelLog?: string | null;
}

export interface GpuMonitor {
  /** Begins to watch; whatever fails is told through telemetry() and tried again. Never throws. */
  start(): void;
  /**
   * How urgently figures are needed: `busy` (a page in front, or a run on), which is how it begins, `visible`, `hidden`
   * or `off`. More is there at once, less after some seconds; the old stream goes on until the new one has ticked.
   * While nothing is in sight, who is on the GPUs is asked more seldom even in a run, which it would slow down.
   */
  need(need: Need, inSight?: boolean): void;
  /** Ends every child and resolves when all are gone. */
  stop(): Promise<void>;
  /** Every tick as it arrives; `ours` is null in each sample. Returns the way to stop listening. */
  onTick(listener: (tick: Tick) => void): () => void;
  /** Called whenever telemetry() has changed. */
  onTelemetry(listener: (telemetry: Telemetry) => void): () => void;
  /** Immutable; a new object after each change. */
  telemetry(): Telemetry;
  /** Asks now, past the regular look. Fails with a PanelError (`not_ready`) where nvidia-smi does not answer. */
  processesNow(): Promise<GpuProcess[]>;
  /** Resolves when `-q -x`, where it is being asked, has answered: it alone tells of MIG and of what draws. Never rejects. */
  detailed(): Promise<void>;
}
